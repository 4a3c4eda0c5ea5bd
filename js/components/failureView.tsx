import * as React from 'react';

import { fixOf, retryLabel } from '../model/fixes';
import { isSignedOut } from '../model/problems';
import { failingLine } from '../model/progress';
import type { Activity, IProblem } from '../model/state';
import { type INotebookProps, ExternalLink, StatusIcon, TextButton } from './controls';
import { SignInAgain } from './signInView';

/** One sentence of what happened, one of what to do, and the buttons that help. */
export function FailureView(
  props: INotebookProps & { readonly activity: Activity & { kind: 'failed' } }
): JSX.Element {
  const { publisher, notebook, activity } = props;
  const { trans } = publisher;
  const { problem, cancelled } = activity;
  const excerpt = cancelled ? '' : excerptOf(activity);
  return (
    <div className="jp-rsc-failure" role={cancelled ? 'status' : 'alert'}>
      <div className="jp-rsc-outcome">
        <StatusIcon kind={cancelled ? 'info' : 'error'} />
        <strong>{problem.message}</strong>
      </div>
      {excerpt && <pre className="jp-rsc-excerpt">{excerpt}</pre>}
      {[problem.hint, remains(problem)].filter(Boolean).map(text => (
        <div key={text} className="jp-rsc-note">
          {text}
        </div>
      ))}
      <div className="jp-rsc-links">
        <FailureActions {...{ publisher, notebook, activity }} />
        <TextButton onClick={() => notebook.dismiss()}>{trans.__('Dismiss')}</TextButton>
      </div>
    </div>
  );
}

/** What is on the server now, unless the hint says it already. */
function remains({ hint, data }: IProblem): string {
  const remaining = data?.remains;
  return typeof remaining === 'string' && !hint.includes(remaining) ? remaining : '';
}

/** The lines of the log that the server part found to say what went wrong. */
export function failingLines(activity: Activity): readonly string[] {
  if (activity.kind === 'rehearsed') {
    return activity.rehearsal.lines;
  }
  const lines = activity.kind === 'failed' ? activity.problem.data?.failing_lines : null;
  return Array.isArray(lines)
    ? lines.filter((line): line is string => typeof line === 'string')
    : [];
}

/** The line that says most, unless the sentence says it already. */
function excerptOf(activity: Activity & { kind: 'failed' }): string {
  const { problem, progress } = activity;
  const lines = progress?.lines ?? [];
  const line = lines[failingLine(lines, failingLines(activity))];
  const text = line?.kind === 'log' ? line.plain.trim() : '';
  return problem.message.includes(text) ? '' : text;
}

function FailureActions(
  props: INotebookProps & { readonly activity: Activity & { kind: 'failed' } }
): JSX.Element {
  const { publisher, notebook, activity } = props;
  const { trans, servers } = publisher;
  const { problem, progress, cancelled } = activity;
  const server = servers.known.find(each => each.name === notebook.values?.server);
  const fix = fixOf(problem);
  return (
    <>
      {fix && !activity.rehearsal && notebook.isComplete && (
        <TextButton onClick={() => void notebook.fixAndRetry(fix)}>
          {retryLabel(fix, trans)}
        </TextButton>
      )}
      {problem.where?.cell !== undefined && (
        <TextButton onClick={() => void notebook.goTo(problem)}>
          {trans.__('Go to cell')}
        </TextButton>
      )}
      {server?.key_editable && isSignedOut(problem.code) && (
        <SignInAgain
          publisher={publisher}
          server={server}
          then={() => void notebook.publishAnew()}
        />
      )}
      {!cancelled && !fix && activity.rehearsal && notebook.canRehearse && (
        <TextButton onClick={() => void notebook.rehearse()}>{trans.__('Try again')}</TextButton>
      )}
      {!cancelled && !fix && !activity.rehearsal && notebook.canPublish && (
        <TextButton onClick={() => void notebook.publish()}>{trans.__('Try again')}</TextButton>
      )}
      {progress && !notebook.logOpen && (
        <TextButton onClick={() => notebook.showLog(true)}>{trans.__('Show log')}</TextButton>
      )}
      {server?.key_editable && aboutServer(problem.code) && (
        <TextButton onClick={() => servers.openForm(server)}>{trans.__('Edit server')}</TextButton>
      )}
      <DataLink problem={problem} fact="logs_url" label={trans.__('Open logs')} />
      <DataLink problem={problem} fact="help_url" label={trans.__('Help on this error')} />
    </>
  );
}

/** A link in the data of a failure. */
function DataLink(props: {
  readonly problem: IProblem;
  readonly fact: string;
  readonly label: string;
}): JSX.Element | null {
  const address = props.problem.data?.[props.fact];
  return typeof address === 'string' ? (
    <ExternalLink href={address}>{props.label}</ExternalLink>
  ) : null;
}

function aboutServer(code: string): boolean {
  return [
    'sign-in-failed',
    'bad-api-key',
    'key-expired',
    'sign-in-page',
    'no-api-key',
    'keyring-locked',
    'cannot-publish',
    'no-answer',
    'bad-answer',
    'certificate-refused',
    'ca-unreadable',
    'tls-failed',
    'proxy-failed',
    'address-not-connect'
  ].includes(code);
}
