import * as React from 'react';

import { failingLines } from '../model/progress';
import type { Activity } from '../model/state';
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
  const data = problem.data ?? {};
  const logs = typeof data.logs_url === 'string' ? data.logs_url : null;
  const missing = typeof data.missing_file === 'string' ? data.missing_file : null;
  return (
    <>
      {missing && (
        <TextButton onClick={() => void notebook.addAndRetry(missing)}>
          {trans.__('Add %1 and try again', missing)}
        </TextButton>
      )}
      {problem.where?.cell !== undefined && (
        <TextButton onClick={() => void notebook.goTo(problem)}>
          {trans.__('Go to cell')}
        </TextButton>
      )}
      {notebook.canReplace && (
        <TextButton onClick={() => void notebook.replace()}>{trans.__('Replace it')}</TextButton>
      )}
      {!cancelled && !notebook.canReplace && notebook.canPublish && (
        <TextButton onClick={() => void notebook.publish()}>{trans.__('Try again')}</TextButton>
      )}
      {progress && !notebook.logOpen && (
        <TextButton onClick={() => notebook.showLog(true)}>{trans.__('Show log')}</TextButton>
      )}
      {server?.editable && aboutServer(problem.code) && (
        <TextButton onClick={() => servers.openForm(server)}>{trans.__('Edit server')}</TextButton>
      )}
      {logs && <OutLink href={logs}>{trans.__('Open logs')}</OutLink>}
    </>
  );
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
