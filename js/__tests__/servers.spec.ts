import { describe, expect, it } from 'vitest';

import { ApiError } from '../api';
import {
  createPublisher,
  connectedPublisher,
  refusal,
  SERVER,
  serverList,
  flushPromises
} from './fixtures';

describe('adding a server', () => {
  it('checks the address when the field is left, and keeps the key nowhere after use', async () => {
    const { publisher, api } = await connectedPublisher(api => {
      api.list = serverList();
    });
    const { servers } = publisher;
    servers.openForm();
    servers.setWay('key');
    servers.setFields({ address: 'https://connect.acme.com/connect/#/apps/1' });
    await servers.checkAddress();
    expect(servers.form).toMatchObject({ kind: 'open', found: { version: '2026.06.0' } });
    servers.setFields({ apiKey: 'secret' });
    api.list = serverList(SERVER);
    await servers.submit();
    expect(api.bodiesOf('add')).toMatchObject([{ api_key: 'secret' }]);
    expect(servers.form.kind).toBe('closed');
    expect(JSON.stringify(servers.list)).not.toContain('secret');
    await flushPromises();
    expect(publisher.current?.values?.server).toBe('acme');
  });

  it('shows a wrong key at the key field, and empties it', async () => {
    const { publisher, api } = await connectedPublisher();
    api.added = refusal(422, { code: 'sign-in-failed', message: 'Wrong key.' });
    publisher.servers.openForm();
    publisher.servers.setWay('key');
    publisher.servers.setFields({ address: 'acme.com', apiKey: 'wrong' });
    await publisher.servers.submit();
    expect(publisher.servers.form).toMatchObject({
      kind: 'open',
      problemAt: 'api_key',
      fields: { apiKey: '', address: 'acme.com' }
    });
  });

  it('shows a problem at the field that the answer names', async () => {
    const { publisher, api } = await connectedPublisher();
    api.added = refusal(502, { code: 'x', message: 'Dead.', where: { field: 'address' } });
    publisher.servers.openForm();
    publisher.servers.setWay('key');
    publisher.servers.setFields({ address: 'dead.example', apiKey: 'k' });
    await publisher.servers.submit();
    expect(publisher.servers.form).toMatchObject({ problemAt: 'address', fields: { apiKey: 'k' } });
  });

  it('asks for what is missing without asking the server', async () => {
    const { publisher, api } = await connectedPublisher();
    publisher.servers.openForm();
    publisher.servers.setWay('key');
    publisher.servers.setFields({ address: 'https://' });
    await publisher.servers.submit();
    expect(publisher.servers.form).toMatchObject({ problemAt: 'address' });
    publisher.servers.setFields({ address: 'acme.com' });
    await publisher.servers.submit();
    expect(publisher.servers.form).toMatchObject({ problemAt: 'api_key' });
    expect(api.bodiesOf('add')).toEqual([]);
  });
});

describe('an answer about an address that was changed meanwhile', () => {
  it('is not shown', async () => {
    const { publisher, api } = await connectedPublisher();
    api.added = refusal(424, { code: 'no-answer', message: 'The first address does not answer.' });
    publisher.servers.openForm();
    publisher.servers.setWay('key');
    publisher.servers.setFields({ address: 'first.example.com', apiKey: 'k' });
    const submitted = publisher.servers.submit();
    publisher.servers.setFields({ address: 'second.example.com' });
    await submitted;
    expect(publisher.servers.form).toMatchObject({ problem: null, busy: 'no' });
  });
});

describe('changing a server', () => {
  it('sends only what changed', async () => {
    const { publisher, api } = await connectedPublisher();
    publisher.servers.openForm(SERVER);
    publisher.servers.setFields({ name: 'acme 2' });
    await publisher.servers.submit();
    expect(api.bodiesOf('change')).toEqual([{ name: 'acme', body: { name: 'acme 2' } }]);
  });

  it('shows the list as it is after a removal that failed', async () => {
    const { publisher, api } = await connectedPublisher();
    api.list = serverList();
    api.removed = refusal(422, { code: 'key-not-deleted', message: 'The key is still there.' });
    await publisher.servers.remove(SERVER);
    expect(publisher.servers.known).toEqual([]);
  });

  it('removes one only when the author is sure', async () => {
    const { publisher, api, host } = await connectedPublisher();
    host.confirms = false;
    await publisher.servers.remove(SERVER);
    expect(api.bodiesOf('remove')).toEqual([]);
    host.confirms = true;
    await publisher.servers.remove(SERVER);
    expect(api.bodiesOf('remove')).toEqual(['acme']);
  });
});

describe('the sandbox', () => {
  it('is started from the form and chosen at once', async () => {
    const { publisher } = await connectedPublisher(api => {
      api.list = serverList();
    });
    await publisher.servers.startSandbox();
    await flushPromises();
    expect(publisher.current?.values?.server).toBe('sandbox');
  });

  it('opens its pages through Jupyter, which signs in; other servers open theirs', async () => {
    const { publisher } = await connectedPublisher(api => {
      api.list = serverList({ ...SERVER, name: 'sandbox', origin: 'sandbox' }, SERVER);
    });
    const page = 'http://127.0.0.1:3939/connect/#/apps/g1';
    const { servers } = publisher;
    expect(servers.pageLink('sandbox', page)).toContain('/sandbox?url=');
    expect(servers.pageLink(SERVER.name, page)).toBe(page);
    expect(servers.pageLink(null, page)).toBe(page);
  });
});

describe('the server part', () => {
  it('that is missing or of another version gives a message and a hint', async () => {
    const missing = createPublisher(api => {
      api.versions = new ApiError('not-installed', 404, { code: 'm', message: '', hint: '' });
    });
    await missing.publisher.connect();
    expect(missing.publisher.serverPart).toMatchObject({ kind: 'failed' });
    expect(
      missing.publisher.serverPart.kind === 'failed' && missing.publisher.serverPart.problem.hint
    ).toMatch(/jupyter server extension enable/);
    const older = createPublisher(api => {
      api.versions = { version: '1.9.0', python: '3', jupyter_server: '2' };
    });
    await older.publisher.connect();
    expect(older.publisher.serverPart).toMatchObject({ problem: { code: 'version-mismatch' } });
  });
});

describe('notebooks', () => {
  it('keep a model each, which moves along with the file', async () => {
    const { publisher } = await connectedPublisher();
    const first = publisher.current;
    publisher.setCurrent('b.ipynb');
    expect(publisher.current).not.toBe(first);
    publisher.renamed('sales.ipynb', 'c.ipynb');
    publisher.setCurrent('c.ipynb');
    expect(publisher.current).toBe(first);
    expect(first?.path).toBe('c.ipynb');
  });

  it('that publish are kept when they are closed', async () => {
    const { publisher } = await connectedPublisher();
    await publisher.current?.publish();
    publisher.closed('sales.ipynb');
    expect(publisher.state('sales.ipynb')).toBe('publishing');
    expect(publisher.busy?.path).toBe('sales.ipynb');
  });
});
