import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ContentRun, RunList } from '../api';
import { fixLabel, fixOf } from '../model/fixes';
import { formatAge, formatDuration, formatTime } from '../model/format';
import type { IProblem } from '../model/state';
import { ContentSection } from './contentSection';
import { ExternalLink, type INotebookProps, TextButton } from './controls';

/** What the server ran of the content: when, why, how long and with what result; run again, stopped, explained. */
export function RunsSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { existing, runs } = notebook;
  const target = notebook.values?.target;
  const runsThere = target?.kind === 'content' && target.mode !== 'static';
  return (
    <ContentSection
      model={runs}
      of={runsThere ? existing : null}
      title={trans.__('Runs')}
      summary={
        runs.failure && (
          <span className="jp-rsc-problem">{trans.__('Last scheduled run failed')}</span>
        )
      }
      reading={trans.__('Reading the runs…')}
      trans={trans}
    >
      {({ now, of }) => <Content {...props} now={now} server={of.server} />}
    </ContentSection>
  );
}

function Content(
  props: INotebookProps & { readonly now: RunList; readonly server: string }
): JSX.Element {
  const { publisher, notebook, now, server } = props;
  const { trans } = publisher;
  const { runs } = notebook;
  return (
    <>
      <div className="jp-rsc-actions">
        {now.can_run && (
          <button
            type="button"
            className="jp-rsc-button"
            disabled={runs.starting || now.runs.some(each => each.outcome === 'running')}
            onClick={() => void runs.runNow()}
          >
            {runs.starting ? trans.__('Starting…') : trans.__('Run now')}
          </button>
        )}
        <ExternalLink href={publisher.servers.pageLink(server, now.logs_url)}>
          {trans.__('Open logs')}
        </ExternalLink>
      </div>
      {!now.runs.length && <p className="jp-rsc-note">{trans.__('The server lists no runs.')}</p>}
      <ul className="jp-rsc-versions">
        {now.runs.map(run => (
          <RunItem key={run.key} {...props} run={run} />
        ))}
      </ul>
    </>
  );
}

interface IRunProps extends INotebookProps {
  readonly run: ContentRun;
}

function RunItem(props: IRunProps): JSX.Element {
  const { publisher, notebook, run } = props;
  const { trans } = publisher;
  const when = formatAge(run.started, Date.now(), trans);
  const facts = [
    when,
    run.reason === 'schedule' ? trans.__('scheduled') : '',
    run.seconds === undefined ? '' : formatDuration(run.seconds * 1000),
    run.version && trans.__('version %1', run.version),
    run.seen ? trans.__('readers see it') : ''
  ];
  const open = notebook.runs.opened?.key === run.key;
  return (
    <li className="jp-rsc-version jp-rsc-run" data-outcome={run.outcome}>
      <div className="jp-rsc-version-head">
        <span className="jp-rsc-version-number">{kindText(run, trans)}</span>
        <span className="jp-rsc-version-state">{outcomeText(run, trans)}</span>
      </div>
      <div className="jp-rsc-note" title={formatTime(run.started)}>
        {facts.filter(Boolean).join(' · ')}
      </div>
      {run.note && run.outcome === 'skipped' && <div className="jp-rsc-note">{run.note}</div>}
      <div className="jp-rsc-actions">
        {run.outcome !== 'skipped' && (
          <TextButton
            name={trans.__('Log of the run %1', when)}
            onClick={() => void notebook.runs.toggle(run.key)}
          >
            {open ? trans.__('Hide log') : trans.__('Log')}
          </TextButton>
        )}
        {run.outcome === 'running' && (
          <TextButton
            name={trans.__('Stop the run %1', when)}
            onClick={() => void notebook.runs.stop(run.key)}
          >
            {trans.__('Stop')}
          </TextButton>
        )}
      </div>
      {open && <Report {...props} />}
    </li>
  );
}

function Report({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  const { opened } = notebook.runs;
  const report = opened?.report;
  const text = report?.lines.join('\n');
  const failure = opened?.problem ?? report?.failure;
  return (
    <>
      {failure && <Failure {...{ publisher, notebook, failure }} />}
      {!opened?.problem && (
        <pre className="jp-rsc-version-log" tabIndex={0} aria-label={trans.__('Log')}>
          {report ? text || trans.__('The log is empty.') : trans.__('Reading the log…')}
        </pre>
      )}
    </>
  );
}

/** Why a run failed, and what helps, as after a publish. */
function Failure(props: INotebookProps & { readonly failure: IProblem }): JSX.Element {
  const { publisher, notebook, failure } = props;
  const { trans } = publisher;
  const fix = fixOf(failure);
  return (
    <div className="jp-rsc-failure" role="status">
      <strong>{failure.message}</strong>
      {failure.hint && <div className="jp-rsc-note">{failure.hint}</div>}
      <div className="jp-rsc-links">
        {failure.where?.cell !== undefined && (
          <TextButton onClick={() => void notebook.goTo(failure)}>
            {trans.__('Go to cell')}
          </TextButton>
        )}
        {fix && notebook.isComplete && (
          <TextButton onClick={() => void notebook.fixAndRetry(fix)}>
            {fix.action === 'set-variable'
              ? fixLabel(fix, trans)
              : trans.__('%1 and publish', fixLabel(fix, trans))}
          </TextButton>
        )}
      </div>
    </div>
  );
}

function kindText({ kind }: ContentRun, trans: TranslationBundle): string {
  switch (kind) {
    case 'render':
      return trans.__('Notebook');
    case 'environment':
      return trans.__('Packages');
    case 'app':
      return trans.__('App');
    case 'other':
      return trans.__('Other');
  }
}

function outcomeText({ outcome }: ContentRun, trans: TranslationBundle): string {
  switch (outcome) {
    case 'ok':
      return '';
    case 'failed':
      return trans.__('Failed');
    case 'running':
      return trans.__('Running');
    case 'skipped':
      return trans.__('Skipped');
    case 'unknown':
      return trans.__('Ended');
  }
}
