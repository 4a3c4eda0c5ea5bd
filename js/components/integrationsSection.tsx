import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Integration } from '../api';
import {
  type CredentialOwner,
  credentialOwner,
  isChosen,
  withIntegration
} from '../model/integrations';
import { type IDestination, placeOf } from '../model/versions';
import { ApplyRow, NotRead, useContentSection } from './contentSection';
import { Disclosure, type INotebookProps } from './controls';

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
  const of = notebook.isPage ? null : notebook.destination;
  const begin = of && (() => integrations.open(of));
  const fold = useContentSection(integrations, placeOf(of), begin);
  if (!of) {
    return null;
  }
  const summary = form.integrations && !fold.open ? trans.__('changed') : '';
  return (
    <Disclosure title={trans.__('Integrations')} summary={summary} {...fold}>
      <Content {...props} />
    </Disclosure>
  );
}

function Content(props: INotebookProps): JSX.Element {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { integrations } = notebook;
  const { state, problem } = integrations;
  if (state.kind !== 'ready') {
    const again = (of: IDestination): Promise<void> => integrations.open(of);
    const reading = trans.__('Reading the integrations…');
    return <NotRead state={state} {...{ reading, again, trans }} />;
  }
  const { now } = state;
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
      {problem && (
        <div role="alert" className="jp-rsc-problem">
          {problem.message} {problem.hint}
        </div>
      )}
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
          <label className="jp-rsc-check">
            <input
              type="checkbox"
              checked={isChosen(each, chosen)}
              aria-describedby={`jp-rsc-integration-${each.guid}`}
              onChange={event =>
                notebook.chooseIntegrations(withIntegration(each, chosen, event.target.checked))
              }
            />
            {each.name}
          </label>
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
  const busy = integrations.applying || notebook.publishing === 'publishing';
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
