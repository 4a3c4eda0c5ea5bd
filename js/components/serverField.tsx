import { addIcon, deleteIcon, editIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ServerInfo } from '../api';
import { serverOf } from '../model/choices';
import { Field, IconButton, type INotebookProps } from './parts';

/** Which of the known servers to publish to, with the ways to add, change and remove one. */
export function ServerField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans, servers } = publisher;
  const list = servers.list.kind === 'ready' ? servers.list.value : null;
  const server = serverOf(notebook.shown?.server ?? null, servers.known);
  const locked = list?.locked ?? false;
  return (
    <Field
      id="jp-rsc-server"
      label={trans.__('Server')}
      hint={server && originOf(server, trans)}
      problem={server && !server.has_key ? trans.__('No API key is known for it.') : null}
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
          {!server && <option value="">{trans.__('Choose a server')}</option>}
          {servers.known.map(each => (
            <option key={each.name} value={each.name}>
              {each.user ? `${each.name} · ${each.user}` : each.name}
            </option>
          ))}
        </select>
        {server?.editable && (
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
        {!locked && (
          <IconButton
            icon={addIcon}
            name={trans.__('Add server')}
            onClick={() => servers.openForm()}
          />
        )}
      </div>
    </Field>
  );
}

/** Where a server and its key were learnt from. */
export function originOf(server: ServerInfo, trans: TranslationBundle): string {
  switch (server.origin) {
    case 'configuration':
      return trans.__('Set up by your administrator');
    case 'environment':
      return trans.__('From the CONNECT_ environment variables');
    case 'rsconnect-python':
      return trans.__('From rsconnect-python');
    case 'sandbox':
      return trans.__('Runs on this machine');
    case 'saved':
      return server.key_place === 'keyring'
        ? trans.__('Key kept in your system keyring')
        : trans.__('Key kept in a file only you can read');
  }
}
