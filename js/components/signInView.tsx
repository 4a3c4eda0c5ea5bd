import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ServerInfo } from '../api';
import type { PublisherModel } from '../model/publisher';
import { hostOf, type SignInState } from '../model/signIn';
import { ExternalLink, IconButton, TextButton } from './controls';

/** What the user does on the server's page, and how far it is. Nothing while no sign-in is at hand. */
export function SignInView({ publisher }: { publisher: PublisherModel }): JSX.Element | null {
  const { trans, servers } = publisher;
  const { signIn } = servers;
  const { state } = signIn;
  switch (state.kind) {
    case 'idle':
      return null;
    case 'starting':
      return (
        <p className="jp-rsc-note" role="status">
          {trans.__('Asking the server…')}
        </p>
      );
    case 'waiting':
      return <Waiting publisher={publisher} state={state} />;
    case 'elsewhere':
      return (
        <div className="jp-rsc-form-problem" role="alert">
          <div className="jp-rsc-problem">{state.problem.message}</div>
          <div className="jp-rsc-note">{state.problem.hint}</div>
          <div className="jp-rsc-links">
            <TextButton onClick={() => void signIn.allowElsewhere()}>
              {trans.__('Sign in at %1', hostOf(state.problem))}
            </TextButton>
            <TextButton onClick={() => void signIn.cancel()}>{trans.__('Cancel')}</TextButton>
          </div>
        </div>
      );
    case 'failed':
      return (
        <div className="jp-rsc-form-problem" role="alert">
          <div className="jp-rsc-problem">{state.problem.message}</div>
          {state.problem.hint && <div className="jp-rsc-note">{state.problem.hint}</div>}
        </div>
      );
  }
}

/** The code and the page, until the user is done there. */
function Waiting(props: {
  readonly publisher: PublisherModel;
  readonly state: SignInState & { kind: 'waiting' };
}): JSX.Element {
  const { publisher, state } = props;
  const { trans, host, servers } = publisher;
  const { page, user_code: code } = state.signIn;
  return (
    <div className="jp-rsc-sign-in" role="status">
      <div>
        {code
          ? trans.__('Check this code on the server’s page and allow access:')
          : trans.__('Sign in on the server’s page and allow access.')}
      </div>
      {code && (
        <div className="jp-rsc-code-row">
          <code className="jp-rsc-user-code">{code}</code>
          <IconButton
            icon={copyIcon}
            name={trans.__('Copy the code')}
            onClick={() => void host.copy(code)}
          />
        </div>
      )}
      <div className="jp-rsc-note">{trans.__('Waiting for the server…')}</div>
      <div className="jp-rsc-links">
        <ExternalLink href={page}>
          {state.opened ? trans.__('Open the page again') : trans.__('Open the server’s page')}
        </ExternalLink>
        <TextButton onClick={() => void servers.signIn.cancel()}>{trans.__('Cancel')}</TextButton>
      </div>
    </div>
  );
}

/** Sign in to a known server once more, in place; `then` goes on with what met the end of the session. */
export function SignInAgain(props: {
  readonly publisher: PublisherModel;
  readonly server: ServerInfo;
  readonly then?: () => void;
}): JSX.Element | null {
  const { publisher, server, then } = props;
  const { trans, servers } = publisher;
  const { signIn } = servers;
  const mine = signIn.isAbout(server.name);
  return (
    <>
      {mine && <SignInView publisher={publisher} />}
      {!signIn.busy && (
        <TextButton onClick={() => void servers.signInAgain(server, then)}>
          {server.has_key ? trans.__('Sign in again') : trans.__('Sign in')}
        </TextButton>
      )}
    </>
  );
}
