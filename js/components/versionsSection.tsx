import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ContentVersion, ContentVersions } from '../api';
import { formatAge, formatSize, formatTime } from '../model/format';
import type { IContentOf, IReady } from '../model/sectionModel';
import { ContentSection } from './contentSection';
import { type INotebookProps, TextButton } from './controls';

/** The versions of the content that a publish would update: seen, compared, restored, downloaded, deleted. */
export function VersionsSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  return (
    <ContentSection
      model={notebook.versions}
      of={notebook.existing}
      title={trans.__('Versions')}
      reading={trans.__('Reading the versions…')}
      trans={trans}
    >
      {ready => <VersionList {...props} {...ready} />}
    </ContentSection>
  );
}

interface IListProps extends INotebookProps, Omit<IReady<ContentVersions, IContentOf>, 'kind'> {}

function VersionList(props: IListProps): JSX.Element {
  const { publisher, notebook, now } = props;
  const { trans } = publisher;
  return (
    <>
      {!now.versions.length && <p className="jp-rsc-note">{trans.__('There are no versions.')}</p>}
      <ul className="jp-rsc-versions">
        {now.versions.map(version => (
          <VersionItem key={version.id} {...props} version={version} />
        ))}
      </ul>
      {now.more && (
        <button
          type="button"
          className="jp-rsc-button"
          disabled={notebook.versions.busy}
          onClick={() => void notebook.versions.more()}
        >
          {trans.__('Show more versions')}
        </button>
      )}
    </>
  );
}

interface IVersionProps extends IListProps {
  readonly version: ContentVersion;
}

function VersionItem(props: IVersionProps): JSX.Element {
  const { publisher, notebook, version } = props;
  const { trans } = publisher;
  const { log } = notebook.versions;
  const [comparing, setComparing] = React.useState(false);
  const by = version.created_by;
  const when = formatAge(version.created, Date.now(), trans);
  return (
    <li className="jp-rsc-version" data-state={version.state}>
      <div className="jp-rsc-version-head">
        <span className="jp-rsc-version-number">{trans.__('Version %1', version.id)}</span>
        <span className="jp-rsc-version-state">{stateText(version, trans)}</span>
      </div>
      <div className="jp-rsc-note" title={formatTime(version.created)}>
        {[by ? trans.__('%1 by %2', when, by) : when, sizeText(version), runText(version, trans)]
          .filter(Boolean)
          .join(' · ')}
      </div>
      {version.note && <div className="jp-rsc-version-note">{version.note}</div>}
      <Commit {...props} />
      <Actions {...props} comparing={comparing} compare={() => setComparing(!comparing)} />
      {comparing && <CompareChoice {...props} />}
      {log?.version === version.id && (
        <pre className="jp-rsc-version-log" tabIndex={0} aria-label={trans.__('Log')}>
          {log.text ?? trans.__('Reading the log…')}
        </pre>
      )}
    </li>
  );
}

interface IActionsProps extends IVersionProps {
  readonly comparing: boolean;
  /** Show or hide what the version can be compared with. */
  readonly compare: () => void;
}

function Actions(props: IActionsProps): JSX.Element {
  const { publisher, notebook, version, of } = props;
  const { trans } = publisher;
  const active = version.state === 'active';
  const id = version.id;
  const named = (action: string): string => trans.__('%1 version %2', action, id);
  const choose = version.state === 'draft' ? trans.__('Activate') : trans.__('Restore');
  return (
    <div className="jp-rsc-actions">
      <TextButton
        name={named(trans.__('View'))}
        onClick={() =>
          publisher.host.openLink(publisher.servers.pageLink(of.server, version.page_url))
        }
      >
        {trans.__('View')}
      </TextButton>
      <TextButton
        name={named(trans.__('Compare'))}
        expanded={props.comparing}
        onClick={props.compare}
      >
        {trans.__('Compare')}
      </TextButton>
      {!active && (
        <TextButton name={named(choose)} onClick={() => void notebook.restore(of, version)}>
          {choose}
        </TextButton>
      )}
      <TextButton
        name={named(trans.__('Download'))}
        onClick={() => notebook.downloadVersion(of, id)}
      >
        {trans.__('Download')}
      </TextButton>
      {version.jobs.length > 0 && (
        <TextButton
          name={trans.__('Log of version %1', id)}
          onClick={() => void notebook.versions.toggleLog(id)}
        >
          {trans.__('Log')}
        </TextButton>
      )}
      {!active && (
        <TextButton
          name={named(trans.__('Delete'))}
          onClick={() => void notebook.deleteVersion(version)}
        >
          {trans.__('Delete')}
        </TextButton>
      )}
    </div>
  );
}

/** What a version is compared with: the notebook, or another version of the list. */
function CompareChoice({ publisher, notebook, version, now, of }: IVersionProps): JSX.Element {
  const { trans } = publisher;
  const others = now.versions.filter(each => each.id !== version.id);
  const [chosen, choose] = React.useState<string | null>(null);
  const other =
    others.find(each => each.id === chosen) ??
    others.find(each => each.state === 'active') ??
    others[0];
  return (
    <div
      className="jp-rsc-version-compare"
      role="group"
      aria-label={trans.__('Compare version %1', version.id)}
    >
      <TextButton onClick={() => void notebook.compareWith(of, version.id)}>
        {trans.__('With the notebook')}
      </TextButton>
      {other && (
        <>
          <select
            className="jp-rsc-input"
            aria-label={trans.__('Other version')}
            value={other.id}
            onChange={event => choose(event.target.value)}
          >
            {others.map(each => (
              <option key={each.id} value={each.id}>
                {trans.__('Version %1', each.id)}
              </option>
            ))}
          </select>
          <TextButton onClick={() => void notebook.compareWith(of, version.id, other.id)}>
            {trans.__('With version %1', other.id)}
          </TextButton>
        </>
      )}
    </div>
  );
}

function Commit({ publisher, version }: IVersionProps): JSX.Element | null {
  const { source } = version;
  if (!source?.commit) {
    return null;
  }
  const dirty = source.commit.endsWith('-dirty');
  const short = `${source.commit.slice(0, 8)}${dirty ? '-dirty' : ''}`;
  const text = [source.branch, short].filter(Boolean).join(' ');
  return (
    <div className="jp-rsc-note" title={`${source.repository} ${source.commit}`}>
      {version.commit_url ? (
        <a href={version.commit_url} target="_blank" rel="noopener noreferrer">
          {publisher.trans.__('Commit %1', text)}
        </a>
      ) : (
        publisher.trans.__('Commit %1', text)
      )}
    </div>
  );
}

function stateText({ state }: ContentVersion, trans: TranslationBundle): string {
  switch (state) {
    case 'active':
      return trans.__('Active');
    case 'draft':
      return trans.__('Draft');
    case 'earlier':
      return '';
  }
}

function sizeText({ size }: ContentVersion): string {
  return size === undefined ? '' : formatSize(size);
}

function runText({ run }: ContentVersion, trans: TranslationBundle): string {
  switch (run) {
    case 'failed':
      return trans.__('run failed');
    case 'running':
      return trans.__('running');
    default:
      return '';
  }
}
