/** Which request each function makes, and what it makes of the answer. */

import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { Api, type ApiError, type FailureKind } from '../api';
import { job, signIn } from './fixtures';

const BASE = 'http://localhost:8888/lab/';
const OF = ['My server', 'g1'] as const;
const CONTENT = 'servers/My%20server/content/g1';
const RERUN = { kind: 'day', parameters: {}, time: '07:00', timezone: 'UTC' } as const;

/** The API over a Jupyter that answers each request alike, and the requests it got. */
function apiThat(answer: () => Response | Promise<Response>): {
  api: Api;
  asked: { text: string; body: unknown; language: string | null }[];
} {
  const asked: { text: string; body: unknown; language: string | null }[] = [];
  const fetch = async (request: RequestInfo | URL): Promise<Response> => {
    const { method, url, headers, body } = request as Request;
    const sent = body && ((await new Response(body).json()) as unknown);
    asked.push({
      // Jupyter adds the time, so that no answer comes from a cache.
      text: `${method} ${url.replace(`${BASE}rsconnect-jupyter/`, '').replace(/[?&]\d+$/, '')}`,
      body: sent,
      language: headers.get('Accept-Language')
    });
    return answer();
  };
  const settings = ServerConnection.makeSettings({ baseUrl: BASE, fetch });
  return { api: new Api(settings, 'de'), asked };
}

const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status });

type Call = (api: Api) => Promise<unknown>;

const PATH = { path: 'a.ipynb' };
const ADDRESS = { address: 'x', insecure: false };

const CALLS: [request: string, call: Call, body?: unknown][] = [
  ['GET version', api => api.version()],
  ['POST inspect', api => api.inspect(PATH), PATH],
  ['GET figures?path=a.ipynb', api => api.figures('a.ipynb')],
  ['GET kernel', api => api.kernelQuestion()],
  [
    'POST kernel',
    api => api.keepKernelAnswer({ ...PATH, kernel: 'python3', reply: {} }),
    { ...PATH, kernel: 'python3', reply: {} }
  ],
  ['POST manifest', api => api.writeManifest(PATH), PATH],
  ['POST address', api => api.checkAddress(ADDRESS), ADDRESS],
  ['GET servers', api => api.servers()],
  [
    'POST servers',
    api => api.addServer({ ...ADDRESS, api_key: 'k' }),
    { ...ADDRESS, api_key: 'k' }
  ],
  ['PATCH servers/a%2Fb', api => api.changeServer('a/b', { name: 'c' }), { name: 'c' }],
  ['DELETE servers/acme', api => api.removeServer('acme')],
  ['POST servers/acme/sign-out', api => api.signOut('acme'), {}],
  ['POST sign-in', api => api.startSignIn({ server: 'acme' }), { server: 'acme' }],
  ['GET sign-in/s1?wait=9', api => api.readSignIn('s1', 9)],
  ['DELETE sign-in/s1', api => api.cancelSignIn('s1')],
  ['GET servers/acme/content?search=a+b&path=a.ipynb', api => api.search('acme', 'a b', 'a.ipynb')],
  ['POST publish', api => api.publish({ ...PATH, server: 'acme' }), { ...PATH, server: 'acme' }],
  ['GET publish/j1?first=2&wait=15', api => api.readJob('j1', 2, 15)],
  ['DELETE publish/j1', api => api.cancelJob('j1')],
  ['POST rehearse', api => api.rehearse(PATH), PATH],
  ['GET rehearse/r1?first=0&wait=0', api => api.readRehearsal('r1', 0, 0)],
  ['DELETE rehearse/r1', api => api.cancelRehearsal('r1')],
  ['POST sandbox', api => api.startSandbox(), {}],
  ['DELETE predecessor', api => api.deletePredecessorCopy()],
  [`GET ${CONTENT}/versions?page=2`, api => api.contentVersions(...OF, 2)],
  [`DELETE ${CONTENT}/versions/12`, api => api.deleteVersion(...OF, '12')],
  [`GET ${CONTENT}/versions/12/log`, api => api.runLog(...OF, '12')],
  [`GET ${CONTENT}/schedule`, api => api.schedule(...OF)],
  [
    `POST ${CONTENT}/schedule`,
    api => api.setSchedule(...OF, { ...RERUN, email: false, publish_output: true }),
    { ...RERUN, email: false, publish_output: true }
  ],
  [`DELETE ${CONTENT}/schedule`, api => api.deleteSchedule(...OF)],
  [`GET ${CONTENT}/variables`, api => api.variables(...OF)],
  [
    `PATCH ${CONTENT}/variables`,
    api => api.changeVariables(...OF, { env: { A: null } }),
    { env: { A: null } }
  ],
  [`GET ${CONTENT}/integrations`, api => api.integrations(...OF)],
  ['GET servers/acme/integrations', api => api.integrations('acme', null)],
  [
    `PATCH ${CONTENT}/integrations`,
    api => api.changeIntegrations(...OF, { integrations: ['i1'] }),
    { integrations: ['i1'] }
  ],
  [`GET ${CONTENT}/runs`, api => api.runs(...OF)],
  [`POST ${CONTENT}/runs`, api => api.runNow(...OF), {}],
  [`GET ${CONTENT}/runs/k?path=a.ipynb`, api => api.readRun(...OF, 'k', 'a.ipynb')],
  [`DELETE ${CONTENT}/runs/k`, api => api.stopRun(...OF, 'k')],
  [`GET ${CONTENT}/scheduled-failure`, api => api.scheduledFailure(...OF)],
  [`GET ${CONTENT}/readers`, api => api.readers(...OF)],
  [`PATCH ${CONTENT}/readers`, api => api.changeReaders(...OF, PATH), PATH],
  ['GET servers/acme/people?search=ad&page=2', api => api.people('acme', 'ad', 2)],
  ['GET servers/acme/tags', api => api.tags('acme')],
  ['GET servers/acme/vanity?path=%2Fa%2F', api => api.checkVanity('acme', '/a/', null)],
  ['GET servers/acme/vanity?path=%2Fa%2F&guid=g1', api => api.checkVanity('acme', '/a/', 'g1')],
  [
    'POST restore',
    api => api.restore({ ...PATH, server: 'acme', guid: 'g1', version: '12' }),
    { ...PATH, server: 'acme', guid: 'g1', version: '12' }
  ],
  [
    'POST compare',
    api => api.compare({ ...PATH, server: 'acme', guid: 'g1', old: '12' }),
    { ...PATH, server: 'acme', guid: 'g1', old: '12' }
  ],
  ['POST changes', api => api.changes(PATH), PATH],
  [
    'POST open',
    api => api.openContent({ server: 'acme', guid: 'g1', folder: '' }),
    { server: 'acme', guid: 'g1', folder: '' }
  ]
];

describe('a request', () => {
  it.each<[string, Call, unknown?]>(CALLS)('%s', async (request, call, body = null) => {
    const { api, asked } = apiThat(() => json({ answer: 1 }));
    expect(await call(api)).toEqual({ answer: 1 });
    expect(asked).toEqual([{ text: request, body, language: 'de' }]);
  });

  it.each<[string, unknown, Call, unknown]>([
    ['sign-in', { sign_ins: [signIn()] }, api => api.signIns(), [signIn()]],
    ['publish?path=a.ipynb', { jobs: [job()] }, api => api.jobs('a.ipynb'), [job()]]
  ])('of a list, %s, gives its items', async (request, answer, call, items) => {
    const { api, asked } = apiThat(() => json(answer));
    expect(await call(api)).toEqual(items);
    expect(asked[0].text).toBe(`GET ${request}`);
  });

  it('without an answer gives nothing', async () => {
    const { api } = apiThat(() => new Response(null, { status: 204 }));
    expect(await api.removeServer('acme')).toBeNull();
  });
});

describe('an address', () => {
  const { api } = apiThat(() => json(null));
  it.each([
    ['rehearse/r1/page', api.rehearsalPage('r1', null)],
    ['rehearse/r1/page?look=dark', api.rehearsalPage('r1', 'dark')],
    ['sandbox?url=http%3A%2F%2Fx%2Fcontent%2F', api.sandboxPage('http://x/content/')],
    [`${CONTENT}/versions/12/archive`, api.archive(...OF, '12')]
  ])('%s is below the server’s', (path, address) => {
    expect(address).toBe(`${BASE}rsconnect-jupyter/${path}`);
  });
});

describe('a failure', () => {
  const problem = { code: 'no-such-server', message: 'There is no server.', hint: '' };

  it.each<[string, () => Response | Promise<Response>, FailureKind, number, string]>([
    ['nothing', () => Promise.reject(new TypeError('x')), 'no-answer', 0, 'jupyter-no-answer'],
    ['403', () => json({ message: 'x' }, 403), 'signed-out', 403, 'jupyter-signed-out'],
    ['401', () => json(problem, 401), 'signed-out', 401, 'jupyter-signed-out'],
    ['a problem', () => json(problem, 404), 'problem', 404, 'no-such-server'],
    ['404', () => json({ message: 'x' }, 404), 'not-installed', 404, 'server-part-missing'],
    ['405', () => json(null, 405), 'not-installed', 405, 'server-part-missing'],
    ['500', () => json({ message: 'x' }, 500), 'no-answer', 500, 'jupyter-bad-answer'],
    ['a page', () => new Response('<html>'), 'no-answer', 200, 'jupyter-bad-answer']
  ])('of %s has its kind', async (_, answer, kind, status, code) => {
    const { api } = apiThat(answer);
    const error = await api.inspect(PATH).catch((reason: unknown) => reason as ApiError);
    expect(error).toMatchObject({ name: 'ApiError', kind, status, problem: { code } });
  });
});
