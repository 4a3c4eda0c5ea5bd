import * as React from 'react';

import type { Deployment } from '../api';
import { markText } from '../model/changes';
import { formatAge, formatDuration, formatTime } from '../model/format';
import { REHEARSAL_STAGES } from '../model/progress';
import { isBusy } from '../model/publishJob';
import type { Activity } from '../model/state';
import { FailureView } from './failureView';
import { type INotebookProps, ExternalLink, StatusIcon, TextButton } from './controls';
import { ProgressView } from './progressView';
import { RehearsedView } from './rehearsedView';

/** Always visible: the state, and the button. */
export function Footer(props: INotebookProps): JSX.Element {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { activity } = notebook;
  const busy = isBusy(activity);
  const stopped = notebook.blockingFindings.length > 0 && !busy;
  return (
    <div className="jp-rsc-footer">
      <div className="jp-rsc-state">
        <StateView {...props} activity={activity} />
      </div>
      <div className="jp-rsc-buttons">
        {stopped ? (
          <button
            type="button"
            className="jp-rsc-button jp-mod-primary"
            onClick={event => showChecks(event.currentTarget)}
          >
            {trans.__('Show what to fix')}
          </button>
        ) : (
          <button
            type="button"
            className="jp-rsc-button jp-mod-primary jp-rsc-publish"
            aria-disabled={busy || !notebook.canPublish}
            onClick={() => void notebook.publish()}
          >
            {trans.__('Publish')}
          </button>
        )}
        {!busy && !stopped && <RehearseButton {...props} />}
        {busy && (
          <button
            type="button"
            className="jp-rsc-button"
            disabled={activity.kind === 'saving' || ('stopping' in activity && activity.stopping)}
            onClick={() => void notebook.cancel()}
          >
            {trans.__('Cancel')}
          </button>
        )}
      </div>
    </div>
  );
}

/** A finished document needs no run: it is only looked at. */
function RehearseButton({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  if (notebook.inspection.kind !== 'ready' || !notebook.inspection.value.rehearsal.allowed) {
    return null;
  }
  const act = (): void => void (notebook.isPage ? notebook.preview() : notebook.rehearse());
  return (
    <button
      type="button"
      className="jp-rsc-button"
      title={
        notebook.isPage
          ? trans.__('Show the page that readers would see')
          : trans.__('Run the bundle in a clean environment on this machine; nothing is sent')
      }
      aria-disabled={!notebook.canRehearse}
      onClick={act}
    >
      {notebook.isPage ? trans.__('Preview') : trans.__('Rehearse')}
    </button>
  );
}

function StateView(props: INotebookProps & { readonly activity: Activity }): JSX.Element {
  const { activity, publisher } = props;
  const { trans } = publisher;
  switch (activity.kind) {
    case 'saving':
      return <div role="status">{trans.__('Saving the notebook…')}</div>;
    case 'publishing':
      return <ProgressView {...activity} trans={trans} />;
    case 'rehearsing':
      return (
        <ProgressView
          {...activity}
          trans={trans}
          stages={REHEARSAL_STAGES}
          name={trans.__('Rehearsing')}
        />
      );
    case 'rehearsed':
      return <RehearsedView {...props} activity={activity} />;
    case 'done':
      return <DoneView {...props} activity={activity} />;
    case 'failed':
      return <FailureView {...props} activity={activity} />;
    case 'idle':
      return <IdleView {...props} />;
  }
}

function DoneView(
  props: INotebookProps & { readonly activity: Activity & { kind: 'done' } }
): JSX.Element {
  const { publisher, activity } = props;
  const { trans } = publisher;
  const { deployment, progress } = activity;
  const { started, ended } = progress;
  const at = ended === null ? '' : new Date(ended).toLocaleTimeString([], { timeStyle: 'short' });
  const took =
    started !== null &&
    ended !== null &&
    trans.__('took %1', formatDuration(Math.max(1000, ended - started)));
  return (
    <>
      <div className="jp-rsc-outcome" role="status">
        <StatusIcon kind="success" />
        <strong>
          {deployment.draft_url ? trans.__('Published as draft') : trans.__('Published')}
        </strong>
        <span className="jp-rsc-number">{[at, took].filter(Boolean).join(' · ')}</span>
        <MarkView {...props} guid={deployment.guid} />
      </div>
      <Links {...props} deployment={deployment} />
    </>
  );
}

function Links(
  props: INotebookProps & {
    readonly deployment: Pick<Deployment, 'url' | 'dashboard_url' | 'draft_url'> & {
      readonly server: string | null;
    };
  }
): JSX.Element {
  const { publisher, deployment } = props;
  const { trans, host } = publisher;
  const link = (url: string): string => publisher.servers.pageLink(deployment.server, url);
  const [copied, setCopied] = React.useState(false);
  const copy = (): void => {
    void host.copy(deployment.url).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <div className="jp-rsc-links">
      {deployment.draft_url && (
        <ExternalLink href={link(deployment.draft_url)}>{trans.__('Open draft')}</ExternalLink>
      )}
      <ExternalLink href={link(deployment.url)}>{trans.__('Open content')}</ExternalLink>
      <TextButton onClick={copy}>{copied ? trans.__('Copied') : trans.__('Copy link')}</TextButton>
      <ExternalLink href={link(deployment.dashboard_url)}>
        {trans.__('Open in dashboard')}
      </ExternalLink>
    </div>
  );
}

/** No publish in this session: what is remembered, or the reason not to publish. */
function IdleView(props: INotebookProps): JSX.Element {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  if (notebook.inspection.kind === 'loading') {
    return <div role="status">{trans.__('Checking the notebook…')}</div>;
  }
  const [stop] = notebook.blockingFindings;
  if (stop) {
    return (
      <div className="jp-rsc-outcome" role="status">
        <StatusIcon kind="error" />
        <span>{stop.message}</span>
      </div>
    );
  }
  const missing = missingInput(props);
  if (missing) {
    return <div role="status">{missing}</div>;
  }
  const last = notebook.values?.publication;
  if (!last) {
    return <div className="jp-rsc-note">{trans.__('Not published yet')}</div>;
  }
  const when = formatAge(last.time, Date.now(), trans);
  const failed = last.result === 'failed';
  return (
    <>
      <div className="jp-rsc-outcome" title={formatTime(last.time)}>
        <StatusIcon kind={failed ? 'warning' : 'success'} />
        <span>
          {failed
            ? trans.__('Last publish failed %1', when)
            : last.user
              ? trans.__('Published %1 by %2', when, last.user)
              : trans.__('Published %1', when)}
        </span>
        <MarkView {...props} guid={last.guid} />
      </div>
      <Links {...props} deployment={last} />
    </>
  );
}

/** What is missing in the form before it can be published. */
function missingInput({ publisher, notebook }: INotebookProps): string | null {
  const { trans, servers } = publisher;
  if (notebook.values?.title.trim() === '') {
    return trans.__('Enter a title to publish.');
  }
  if (notebook.values?.server || servers.list.kind === 'loading') {
    return null;
  }
  return servers.known.length
    ? trans.__('Choose a server to publish to.')
    : trans.__('No server to publish to.');
}

/** Says when readers see something else than the notebook is now; one click shows what. */
function MarkView(props: INotebookProps & { readonly guid: string }): JSX.Element | null {
  const { publisher, notebook, guid } = props;
  const { trans } = publisher;
  const { state, mark } = notebook.changes;
  if (!state || state.guid !== guid || mark === null || mark === 'up-to-date') {
    return null;
  }
  return (
    <>
      <span className="jp-rsc-changed">{markText(state, trans)}</span>
      <TextButton
        name={trans.__('Compare with published')}
        onClick={() => void notebook.compareWithPublished()}
      >
        {trans.__('Compare')}
      </TextButton>
    </>
  );
}

/** The list of checks is open whenever one stops the publish; scroll to it and focus it. */
function showChecks(button: HTMLElement): void {
  const checks = button.closest('.jp-rsc-panel')?.querySelector<HTMLElement>('.jp-rsc-checks');
  checks?.scrollIntoView({ block: 'nearest' });
  checks?.querySelector<HTMLElement>('.jp-rsc-findings button, button')?.focus();
}
