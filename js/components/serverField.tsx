import { addIcon, deleteIcon, editIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Finding, ServerInfo } from '../api';
import type { PublisherModel } from '../model/publisher';
import { serverOf } from '../model/form';
import type { NotebookModel } from '../model/notebook';
import { isSignedOut } from '../model/problems';
import { Field, IconButton, type INotebookProps } from './controls';
import { SignInAgain } from './signInView';

/** Which of the known servers to publish to, with the ways to add, change and remove one. */
export function ServerField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans, servers } = publisher;
  const server = serverOf(notebook.values?.server ?? null, servers.known);
  return (
    <Field
      id="jp-rsc-server"
      label={trans.__('Server')}
      hint={server && [originOf(server, trans), expiry(server, trans)].filter(Boolean).join(' · ')}
      {...problemOf(publisher, notebook, server)}
    >
      <div className="jp-rsc-row">
        <select
          id="jp-rsc-server"
          className="jp-rsc-input"
          aria-describedby="jp-rsc-server-hint"
          title={server?.url}
          value={server?.name ?? ''}
          onChange={event => notebook.chooseServer(event.target.value)}
        >
          {!server && (
            <option value="">
              {servers.known.length ? trans.__('Choose a server') : trans.__('No servers')}
            </option>
          )}
          {servers.known.map(each => (
            <option key={each.name} value={each.name}>
              {each.user ? `${each.name} · ${each.user}` : each.name}
            </option>
          ))}
        </select>
        {server?.key_editable && (
          <IconButton
            icon={editIcon}
            name={trans.__('Edit server')}
            onClick={() => servers.openForm(server)}
          />
        )}
        {server?.removable && (
          <IconButton
            icon={deleteIcon}
            name={trans.__('Remove server')}
            onClick={() => void servers.remove(server)}
          />
        )}
        {servers.list.kind === 'failed' && (
          <IconButton
            icon={refreshIcon}
            name={trans.__('Try again')}
            onClick={() => void servers.refresh()}
          />
        )}
        {servers.canAdd && (
          <IconButton
            icon={addIcon}
            name={trans.__('Add server')}
            onClick={() => servers.openForm()}
          />
        )}
      </div>
      {server && needsSignIn(notebook, server) && notebook.activity.kind !== 'failed' && (
        <SignInAgain publisher={publisher} server={server} />
      )}
    </Field>
  );
}

/** The server's own answer that the user must sign in. */
function refusal(notebook: NotebookModel): Finding | undefined {
  const { inspection } = notebook;
  const findings = inspection.kind === 'ready' ? inspection.value.findings : [];
  return findings.find(each => isSignedOut(each.code));
}

function needsSignIn(notebook: NotebookModel, server: ServerInfo): boolean {
  return server.key_editable && (!server.has_key || refusal(notebook) !== undefined);
}

/** Why one cannot publish to it, or to any, and what to do. */
function problemOf(
  { servers, trans }: PublisherModel,
  notebook: NotebookModel,
  server: ServerInfo | null
): { readonly problem: string | null; readonly advice?: string } {
  const { list } = servers;
  if (list.kind === 'failed') {
    return { problem: list.problem.message, advice: list.problem.hint };
  }
  if (list.kind === 'ready' && list.value.locked && !list.value.servers.length) {
    return {
      problem: trans.__('Your administrator manages the servers and has not added one yet.'),
      advice: trans.__('Ask your administrator to add one, then refresh the panel.')
    };
  }
  if (server && !server.has_key) {
    return {
      problem: server.problem ?? trans.__('You are not signed in to this server.'),
      ...(server.key_editable && {
        advice: trans.__('Sign in, or edit the server to add an API key.')
      })
    };
  }
  const refused = refusal(notebook);
  if (server && refused) {
    return { problem: refused.message, advice: refused.hint ?? '' };
  }
  return { problem: null };
}

/** The source of a server and its key. */
function originOf(server: ServerInfo, trans: TranslationBundle): string {
  switch (server.origin) {
    case 'configuration':
      return trans.__('Set up by your administrator');
    case 'environment':
      return trans.__('From the environment variables CONNECT_SERVER and CONNECT_API_KEY');
    case 'rsconnect-python':
      return server.credential === 'session'
        ? trans.__('Signed in by rsconnect-python')
        : trans.__('From rsconnect-python');
    case 'sandbox':
      return trans.__('Runs on this machine');
    case 'saved':
      return keptWhere(server, trans);
  }
}

function keptWhere({ key_place, credential }: ServerInfo, trans: TranslationBundle): string {
  const inKeyring = key_place === 'keyring';
  if (credential === 'api-key') {
    return inKeyring
      ? trans.__('API key stored in the system keyring')
      : trans.__('API key stored in a file only you can read');
  }
  return inKeyring
    ? trans.__('Signed in; the sign-in is stored in the system keyring')
    : trans.__('Signed in; the sign-in is stored in a file only you can read');
}

/** When the key or the session ends, as far as the server tells. */
function expiry({ expires }: ServerInfo, trans: TranslationBundle): string {
  if (expires === null) {
    return '';
  }
  const date = new Date(expires * 1000);
  return date.getTime() < Date.now()
    ? trans.__('expired on %1', date.toLocaleDateString())
    : trans.__('expires on %1', date.toLocaleDateString());
}
