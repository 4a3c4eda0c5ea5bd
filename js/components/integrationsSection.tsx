import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ContentIntegrations, Integration } from '../api';
import {
  type CredentialOwner,
  credentialOwner,
  isChosen,
  withIntegration
} from '../model/integrations';
import { ApplyRow, ContentSection } from './contentSection';
import { CheckBox, type INotebookProps } from './controls';

const OWNERS: readonly CredentialOwner[] = [
  'reader',
  'service-account',
  'connect-account',
  'other'
];

/** The OAuth integrations that the content uses: read when the section is opened. Of a page, the server runs nothing. */
export function IntegrationsSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { integrations, form } = notebook;
  const isClosed = integrations.state.kind === 'closed';
  return (
    <ContentSection
      model={integrations}
      of={notebook.isPage ? null : notebook.destination}
      title={trans.__('Integrations')}
      summary={form.integrations && isClosed ? trans.__('changed') : ''}
      reading={trans.__('Reading the integrations…')}
      trans={trans}
    >
      {({ now }) => <Content {...props} now={now} />}
    </ContentSection>
  );
}

function Content(props: INotebookProps & { readonly now: ContentIntegrations }): JSX.Element {
  const { trans } = props.publisher;
  const { now } = props;
  if (now.reason) {
    return <p className="jp-rsc-note">{now.reason}</p>;
  }
  if (!now.may_change) {
    return <ReadOnly used={now.integrations.filter(each => each.used)} trans={trans} />;
  }
  return (
    <>
      <p className="jp-rsc-label">{trans.__('Whose credentials does the content use?')}</p>
      {OWNERS.map(owner => (
        <Group
          key={owner}
          {...props}
          owner={owner}
          integrations={now.integrations.filter(each => credentialOwner(each) === owner)}
        />
      ))}
      <Apply {...props} />
    </>
  );
}

/** What those see who may not change it. */
function ReadOnly(props: {
  readonly used: readonly Integration[];
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { used, trans } = props;
  return (
    <>
      {used.map(each => (
        <div key={each.guid}>
          {each.name}
          <Details integration={each} />
        </div>
      ))}
      {!used.length && <p>{trans.__('The content uses no integrations.')}</p>}
      <p className="jp-rsc-note">{trans.__('Only collaborators can change this.')}</p>
    </>
  );
}

/** The integrations that give the same kind of credentials. */
function Group(
  props: INotebookProps & {
    readonly owner: CredentialOwner;
    readonly integrations: readonly Integration[];
  }
): JSX.Element | null {
  const { publisher, notebook, owner, integrations } = props;
  const chosen = notebook.form.integrations;
  const id = `jp-rsc-integrations-${owner}`;
  if (!integrations.length) {
    return null;
  }
  return (
    <div className="jp-rsc-field" role="group" aria-labelledby={id}>
      <span id={id} className="jp-rsc-label">
        {ownerText(owner, publisher.trans)}
      </span>
      {integrations.map(each => (
        <div key={each.guid}>
          <CheckBox
            checked={isChosen(each, chosen)}
            about={`jp-rsc-integration-${each.guid}`}
            onChange={checked =>
              notebook.chooseIntegrations(withIntegration(each, chosen, checked))
            }
          >
            {each.name}
          </CheckBox>
          <Details integration={each} />
        </div>
      ))}
    </div>
  );
}

function Details({ integration }: { readonly integration: Integration }): JSX.Element {
  const { guid, description, template, auth_type: kind } = integration;
  return (
    <div id={`jp-rsc-integration-${guid}`} className="jp-rsc-note jp-rsc-indented">
      {description && <div>{description}</div>}
      <div>{[kind, template].filter(Boolean).join(' · ')}</div>
      <code className="jp-rsc-guid">{guid}</code>
    </div>
  );
}

/** Change it now; otherwise it goes with the publish. */
function Apply({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const { form, existing, integrations } = notebook;
  if (!form.integrations) {
    return null;
  }
  const busy = integrations.busy || notebook.publishing === 'publishing';
  return (
    <ApplyRow
      when={
        existing
          ? trans.__('Changed with the next publish, before the server runs the notebook.')
          : trans.__('Set before the server runs the new content.')
      }
      canApply={!!existing}
      disabled={busy}
      onApply={() => void notebook.applyIntegrations()}
      applyName={trans.__('Apply the changes of integrations')}
      onUndo={() => notebook.chooseIntegrations(undefined)}
      undoName={trans.__('Undo the changes of integrations')}
      trans={trans}
    />
  );
}

function ownerText(owner: CredentialOwner, trans: TranslationBundle): string {
  switch (owner) {
    case 'reader':
      return trans.__('Each reader’s own account');
    case 'service-account':
      return trans.__('A service account, the same for all readers');
    case 'connect-account':
      return trans.__('Each reader’s account on this server');
    case 'other':
      return trans.__('Other credentials');
  }
}
