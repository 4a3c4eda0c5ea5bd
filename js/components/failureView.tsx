import * as React from 'react';

import { fixLabel, fixOf } from '../model/fixes';
import { failingLines } from '../model/progress';
import type { Activity, IProblem } from '../model/state';
import { type INotebookProps, OutLink, Sign, TextButton } from './parts';

/** One sentence of what happened, one of what to do, and the buttons that help. */
export function FailureView(
  props: INotebookProps & { readonly activity: Activity & { kind: 'failed' } }
): JSX.Element {
  const { publisher, notebook, activity } = props;
  const { trans } = publisher;
  const { problem, progress, cancelled } = activity;
  const excerpt = progress && !cancelled ? failingLines(progress.lines, 1) : [];
  return (
    <div className="jp-rsc-failure" role={cancelled ? 'status' : 'alert'}>
      <div className="jp-rsc-outcome">
        <Sign kind={cancelled ? 'info' : 'error'} />
        <strong>{problem.message}</strong>
      </div>
      {excerpt.length > 0 && !excerpt.every(line => problem.message.includes(line.trim())) && (
        <pre className="jp-rsc-excerpt">{excerpt.join('\n')}</pre>
      )}
      {problem.hint && <div className="jp-rsc-note">{problem.hint}</div>}
      <div className="jp-rsc-links">
        <Helps {...{ publisher, notebook, activity }} />
        <TextButton onClick={() => notebook.dismiss()}>{trans.__('Dismiss')}</TextButton>
      </div>
    </div>
  );
}

function Helps(
  props: INotebookProps & { readonly activity: Activity & { kind: 'failed' } }
): JSX.Element {
  const { publisher, notebook, activity } = props;
  const { trans, servers } = publisher;
  const { problem, progress, cancelled } = activity;
  const server = servers.known.find(each => each.name === notebook.shown?.server);
  const fix = fixOf(problem);
  return (
    <>
      {fix && (
        <TextButton onClick={() => void notebook.fixAndRetry(fix)}>
          {fix.action === 'replace'
            ? fixLabel(fix, trans)
            : trans.__('%1 and try again', fixLabel(fix, trans))}
        </TextButton>
      )}
      {problem.where?.cell !== undefined && (
        <TextButton onClick={() => void notebook.goTo(problem)}>
          {trans.__('Go to cell')}
        </TextButton>
      )}
      {!cancelled && !fix && notebook.canPublish && (
        <TextButton onClick={() => void notebook.publish()}>{trans.__('Try again')}</TextButton>
      )}
      {progress && !notebook.logOpen && (
        <TextButton onClick={() => notebook.showLog(true)}>{trans.__('Show log')}</TextButton>
      )}
      {server?.editable && aboutServer(problem.code) && (
        <TextButton onClick={() => servers.openForm(server)}>{trans.__('Edit server')}</TextButton>
      )}
      <FactLink problem={problem} fact="logs_url" label={trans.__('Open logs')} />
      <FactLink problem={problem} fact="help_url" label={trans.__('Help on this error')} />
    </>
  );
}

/** A link among the facts that a failure brings along. */
function FactLink(props: {
  readonly problem: IProblem;
  readonly fact: string;
  readonly label: string;
}): JSX.Element | null {
  const address = props.problem.data?.[props.fact];
  return typeof address === 'string' ? <OutLink href={address}>{props.label}</OutLink> : null;
}

function aboutServer(code: string): boolean {
  return [
    'sign-in-failed',
    'no-api-key',
    'no-answer',
    'bad-answer',
    'certificate-refused',
    'proxy-failed',
    'address-not-connect'
  ].includes(code);
}
