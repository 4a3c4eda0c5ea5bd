import { describe, expect, it } from 'vitest';

import {
  connectedPublisher,
  flushPromises,
  OTHER,
  refusal,
  SERVER,
  serverList,
  signIn
} from './fixtures';

describe('signing in to a new server', () => {
  it('opens the page that the server names, shows the code and waits', async () => {
    const { publisher, api, host } = await connectedPublisher(api => {
      api.list = serverList();
    });
    const { servers } = publisher;
    servers.openForm();
    servers.setFields({ address: 'connect.acme.com' });
    const submitted = servers.submit();
    await flushPromises();
    expect(api.bodiesOf('sign in')).toEqual([
      { address: 'connect.acme.com', insecure: false, remote: false }
    ]);
    expect(host.calls).toContain(`tab ${signIn().page}`);
    expect(servers.signIn.state).toMatchObject({ kind: 'waiting', opened: true });

    api.list = serverList(SERVER);
    api.endSignIn(signIn({ status: 'done', server: SERVER }));
    await submitted;
    await flushPromises();
    expect(servers.form.kind).toBe('closed');
    expect(publisher.current?.values?.server).toBe('acme');
  });

  it('begins anew, as remote, when the browser cannot come back to this machine', async () => {
    const { publisher, api, host } = await connectedPublisher();
    host.reachable = false;
    const probe = { url: 'http://127.0.0.1:5/reachable', answer: 'a' };
    api.begun = signIn({ method: 'browser', probe });
    const begun = publisher.servers.signIn.begin({ address: 'acme.com' });
    api.begun = signIn({ id: 's2' });
    await flushPromises();
    expect(api.bodiesOf('sign in')).toMatchObject([{ remote: false }, { remote: true }]);
    expect(publisher.servers.signIn.state).toMatchObject({ signIn: { id: 's2' } });
    api.endSignIn(signIn({ id: 's2', status: 'cancelled' }));
    await begun;
  });

  it('goes to another host only when the user allows it', async () => {
    const { publisher, api } = await connectedPublisher();
    const data = { host: 'login.acme.com' };
    api.begun = refusal(424, { code: 'sign-in-elsewhere', message: 'Elsewhere.', data });
    const { signIn: model } = publisher.servers;
    await model.begin({ address: 'acme.com' });
    expect(model.state.kind).toBe('elsewhere');
    api.begun = signIn();
    void model.allowElsewhere();
    await flushPromises();
    expect(api.bodiesOf('sign in')[1]).toMatchObject({ allow_host: 'login.acme.com' });
  });

  it('asks for an API key where nothing else is offered', async () => {
    const { publisher, api } = await connectedPublisher();
    api.begun = refusal(422, { code: 'sign-in-not-offered', message: 'No page.' });
    publisher.servers.openForm();
    publisher.servers.setFields({ address: 'acme.com' });
    await publisher.servers.submit();
    expect(publisher.servers.form).toMatchObject({ way: 'key', problem: { message: 'No page.' } });
  });

  it('can be cancelled, and is taken up again after a reload', async () => {
    const { publisher, api } = await connectedPublisher(api => {
      api.waiting = [signIn()];
    });
    const { signIn: model } = publisher.servers;
    expect(model.state).toMatchObject({ kind: 'waiting', signIn: { id: 's1' } });
    await model.cancel();
    expect(model.state.kind).toBe('idle');
    expect(api.bodiesOf('cancel sign-in')).toEqual(['s1']);
  });
});

describe('a session that has ended', () => {
  it('is renewed in place, and what met its end goes on', async () => {
    const { publisher, api } = await connectedPublisher();
    let wentOn = 0;
    const again = publisher.servers.signInAgain(OTHER, () => (wentOn += 1));
    await flushPromises();
    expect(api.bodiesOf('sign in')).toMatchObject([{ server: 'other' }]);
    api.endSignIn(signIn({ status: 'done', server: OTHER }));
    await again;
    await flushPromises();
    expect(wentOn).toBe(1);
  });
});
