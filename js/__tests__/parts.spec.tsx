/** Parts of the panel by themselves: what they show of each state, and what their buttons do. */

import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import type { ServerInfo } from '../api';
import { FailureView } from '../components/failureView';
import { Footer } from '../components/footer';
import { FilesSection } from '../components/filesSection';
import { HeaderView } from '../components/headerView';
import { LogSection } from '../components/logView';
import { ModeField } from '../components/modeField';
import { MoreOptionsSection } from '../components/moreOptionsSection';
import { NoticesView } from '../components/noticesView';
import { PythonSection } from '../components/pythonSection';
import { ServerField } from '../components/serverField';
import { ServerFormView } from '../components/serverForm';
import { SignInView } from '../components/signInView';
import { TargetField } from '../components/targetField';
import type { INotebookProps } from '../components/controls';
import type { NotebookModel } from '../model/notebook';
import { advance, NO_PROGRESS } from '../model/progress';
import type { SignInState } from '../model/signIn';
import type { Activity, IProblem } from '../model/state';
import {
  connectedPublisher,
  events,
  type FakeApi,
  flushPromises,
  HIT,
  inspection,
  type ITestPublisher,
  job,
  NEVER_PUBLISHED,
  PUBLICATION,
  refusal,
  SERVER,
  serverList,
  signIn
} from './fixtures';
import { actions, button, click, show } from './shownPanel';

type Part = (props: INotebookProps) => React.JSX.Element | null;

interface IShown extends ITestPublisher {
  readonly notebook: NotebookModel;
  readonly container: HTMLElement;
}

async function shown(Part: Part, prepare?: (api: FakeApi) => void): Promise<IShown> {
  const made = await connectedPublisher(prepare);
  const notebook = made.publisher.open('sales.ipynb');
  const container = show(made, () => <Part publisher={made.publisher} notebook={notebook} />);
  await flushPromises();
  return { ...made, notebook, container };
}

const PUBLISHED = inspection({ target: 'g1', publications: [PUBLICATION] });
const LOG = advance(
  NO_PROGRESS,
  events(
    ['deploy', 'start', 'Running.'],
    ['deploy', 'log', 'one'],
    ['deploy', 'log', 'KeyError: two'],
    ['deploy', 'failure', 'The notebook failed.']
  )
);

function field(label: string | RegExp): HTMLElement {
  return screen.getByLabelText(label, { selector: 'input, select, textarea' });
}

function type(label: string, value: string): void {
  fireEvent.change(field(label), { target: { value } });
}

describe('the menu of the header', () => {
  const open = async (): Promise<IShown> => {
    const made = await shown(HeaderView, api => {
      api.list = { ...serverList(SERVER), predecessor: true };
    });
    await click('More actions');
    return made;
  };

  it.each<[string, (made: IShown) => unknown]>([
    ['Refresh', ({ api }) => expect(api.bodiesOf('servers').length).toBe(2)],
    ['Write manifest.json', ({ api }) => expect(api.bodiesOf('manifest').length).toBe(1)],
    [
      'Delete clear-text keys of version 1',
      ({ api }) => expect(api.bodiesOf('predecessor').length).toBe(1)
    ],
    ['Settings', ({ host }) => expect(host.calls).toContain('settings')],
    ['Help', ({ host }) => expect(host.calls.at(-1)).toMatch(/^open https:\/\/docs\.posit\.co/)]
  ])('does what it says: %s', async (name, check) => {
    const made = await open();
    await click(name);
    check(made);
    expect(actions()).toEqual(['More actions']);
  });

  it('is worked with the keyboard', async () => {
    await open();
    const focused = (): string => document.activeElement?.textContent ?? '';
    const press = (key: string): unknown =>
      fireEvent.keyDown(document.activeElement as Element, { key });
    expect(focused()).toBe('Refresh');
    press('ArrowDown');
    expect(focused()).toBe('Write manifest.json');
    press('ArrowUp');
    press('ArrowUp');
    press('a');
    expect(focused()).toBe('Help');
    press('Escape');
    expect(focused()).toBe('More actions');
    await click('More actions');
    fireEvent.blur(button('Help'), { relatedTarget: document.body });
    expect(actions()).toEqual(['More actions']);
  });

  it('offers no file to write where nothing can be written', async () => {
    await shown(
      HeaderView,
      api => (api.inspection = inspection({ writable: false, kernel: null }))
    );
    await click('More actions');
    expect(actions()).toEqual(['More actions', 'Refresh', 'Settings', 'Help']);
  });
});

describe('a failure', () => {
  const FIX = { action: 'overwrite', label: 'Overwrite', value: null };

  async function failed(
    problem: Partial<IProblem>,
    part: Partial<Activity & { kind: 'failed' }> = {},
    prepare?: (api: FakeApi) => void
  ): Promise<IShown> {
    const activity = {
      kind: 'failed' as const,
      job: 'j1',
      progress: null,
      cancelled: false,
      rehearsal: false,
      ...part,
      problem: { code: 'failed', message: 'It failed.', hint: 'Do this.', ...problem }
    };
    return shown(props => <FailureView {...props} activity={activity} />, prepare);
  }

  it.each<[string, Partial<IProblem>, Partial<Activity & { kind: 'failed' }>, string[]]>([
    ['plain', {}, {}, ['Try again']],
    ['with a fix', { data: { fix: FIX } }, {}, ['Overwrite']],
    ['with an unknown fix', { data: { fix: { action: 'pray', label: 'P' } } }, {}, ['Try again']],
    ['in a cell', { where: { cell: 2 } }, {}, ['Go to cell', 'Try again']],
    ['cancelled', {}, { cancelled: true }, []],
    ['of a rehearsal', {}, { rehearsal: true }, ['Try again']],
    ['with a log', {}, { progress: LOG }, ['Try again', 'Show log']],
    ['of the server', { code: 'tls-failed' }, {}, ['Try again', 'Edit server']],
    ['of the session', { code: 'session-expired' }, {}, ['Sign in again', 'Try again']],
    [
      'with links',
      { data: { logs_url: 'https://x/logs', help_url: 'https://x/help' } },
      {},
      ['Try again', 'Open logs', 'Help on this error']
    ]
  ])('%s offers what helps', async (_, problem, part, offered) => {
    const { container } = await failed(problem, part);
    expect(actions()).toEqual([...offered, 'Dismiss']);
    const role = part.cancelled ? 'status' : 'alert';
    expect(container.querySelector(`[role=${role}]`)).toBeTruthy();
  });

  it.each<[string, Partial<IProblem>, Partial<Activity & { kind: 'failed' }>, string, unknown]>([
    ['Try again', {}, {}, 'publish', { title: 'Quarterly sales' }],
    ['Overwrite', { data: { fix: FIX } }, {}, 'publish', { overwrite: true }],
    ['Try again', {}, { rehearsal: true }, 'rehearse', { path: 'sales.ipynb' }],
    ['Sign in again', { code: 'session-expired' }, {}, 'sign in', { server: 'acme' }]
  ])('is answered by %s', async (name, problem, part, route, body) => {
    const { api } = await failed(problem, part);
    await click(name);
    expect(api.bodiesOf(route)).toMatchObject([body]);
  });

  it('shows its log, its cell, and the form of its server', async () => {
    const { host, notebook, publisher } = await failed(
      { code: 'no-answer', where: { cell: 2 } },
      { progress: LOG }
    );
    await click('Go to cell');
    expect(host.calls).toContain('go to sales.ipynb 2');
    await click('Show log');
    expect(notebook.logOpen).toBe(true);
    await click('Edit server');
    expect(publisher.servers.form).toMatchObject({ kind: 'open', editing: { name: 'acme' } });
    await click('Dismiss');
    expect(notebook.activity.kind).toBe('idle');
  });

  it('quotes the line that says most, and what is on the server now', async () => {
    const remains = 'The content has no version yet.';
    const { container } = await failed(
      { data: { remains, failing_lines: ['one', 3] } },
      { progress: LOG }
    );
    expect(container.querySelector('pre')?.textContent).toBe('one');
    expect(container.textContent).toContain(remains);
  });
});

describe('the log', () => {
  it('is searched, copied and saved', async () => {
    const { host, notebook, container } = await shown(props => (
      <LogSection {...props} progress={{ ...LOG, dropped: 7 }} failed />
    ));
    notebook.showLog(true);
    expect(container.textContent).toContain('7 earlier lines are not visible.');
    await click('Copy log');
    expect(host.calls.at(-1)).toBe('copy Running.\none\nKeyError: two\nThe notebook failed.\n');
    await click('Save log');
    expect(host.calls.at(-1)).toBe('download sales-publish.log');
    await click('Search the log');
    fireEvent.change(screen.getByPlaceholderText('Search the log'), { target: { value: 'ONE' } });
    expect(
      [...container.querySelectorAll('.jp-rsc-line-log')].map(each => each.textContent)
    ).toEqual(['one']);
    expect(container.querySelector('.jp-rsc-log-search')?.textContent).toBe('1 line');
    await click('Log');
    expect(notebook.logOpen).toBe(false);
  });

  it('stays where the reader scrolled, until the end is asked for', async () => {
    const { notebook } = await shown(props => (
      <LogSection {...props} progress={LOG} failed={false} />
    ));
    notebook.showLog(true);
    const box = screen.getByRole('log');
    const height = vi.spyOn(box, 'scrollHeight', 'get').mockReturnValue(500);
    fireEvent.wheel(box);
    fireEvent.keyDown(box, { key: 'PageUp' });
    fireEvent.pointerDown(box);
    fireEvent.scroll(box, { target: { scrollTop: 10 } });
    await click('Scroll to the end');
    expect(box.scrollTop).toBe(500);
    height.mockRestore();
  });
});

describe('the footer', () => {
  async function done(part: object): Promise<IShown> {
    const made = await shown(Footer, api => {
      api.inspection = PUBLISHED;
      const progress = events(['inspect', 'start', 'x'], ['done', 'success', 'y']);
      const ended = job({ state: 'done', events: progress });
      api.published = { ...ended, result: { ...(ended.result as object), ...part } } as never;
      api.changeState = {
        ...NEVER_PUBLISHED,
        state: 'changed',
        guid: 'g1',
        server_url: SERVER.url,
        bundle_id: '1'
      };
    });
    await made.notebook.changes.look(false);
    await made.notebook.publish();
    return made;
  }

  it('gives the links of what was published, and compares it with changes since', async () => {
    vi.useFakeTimers();
    const { host, container } = await done({});
    expect(container.textContent).toMatch(/Published.*took 0:01.*Unpublished changes/);
    await click('Compare with published');
    expect(host.comparisons.length).toBe(1);
    await click('Copy link');
    expect(host.calls.at(-1)).toBe(`copy ${PUBLICATION.url}`);
    expect(actions()).toContain('Copied');
    await React.act(() => vi.advanceTimersByTimeAsync(2000));
    expect(actions()).toContain('Copy link');
    vi.useRealTimers();
  });

  it('leads to the draft', async () => {
    const { container } = await done({ draft_url: 'https://connect.acme.com/draft/' });
    expect(container.textContent).toContain('Published as draft');
    expect(actions()).toContain('Open draft');
  });

  it.each<[string, (api: FakeApi) => void, (notebook: NotebookModel) => void, RegExp]>([
    ['nothing', () => undefined, () => undefined, /^Not published yet/],
    [
      'a failed publish',
      api => (api.inspection = withLast({ result: 'failed' })),
      () => undefined,
      /Last publish failed .* ago/
    ],
    [
      'a publish without its author',
      api => (api.inspection = withLast({ user: '' })),
      () => undefined,
      /Published \d+ days? ago(?! by)/
    ],
    ['no title', () => undefined, each => each.choose({ title: ' ' }), /^Enter a title/],
    [
      'no chosen server',
      api => (api.inspection = inspection({ server: null })),
      () => undefined,
      /^Choose a server/
    ],
    [
      'no server',
      api => {
        api.list = serverList();
        api.inspection = inspection({ server: null });
      },
      () => undefined,
      /^No server to publish to/
    ]
  ])('says what there is: %s', async (_, prepare, act, text) => {
    const { notebook, container } = await shown(Footer, prepare);
    act(notebook);
    expect(container.textContent).toMatch(text);
  });

  it('leads to the checks that stop it', async () => {
    const finding = { severity: 'error' as const, code: 'e', message: 'Empty.', hint: '' };
    await shown(
      props => (
        <div className="jp-rsc-panel">
          <div className="jp-rsc-checks">
            <button>Checks</button>
          </div>
          <Footer {...props} />
        </div>
      ),
      api => (api.inspection = inspection({ findings: [finding] }))
    );
    (document.querySelector('.jp-rsc-checks') as HTMLElement).scrollIntoView = vi.fn();
    await click('Show what to fix');
    expect(document.activeElement?.textContent).toBe('Checks');
  });

  it('previews a finished document instead of rehearsing it', async () => {
    const { host } = await shown(Footer, api => (api.inspection = inspection({ mode: 'static' })));
    await click('Preview');
    expect(host.previews.length).toBe(1);
  });

  it('cancels what runs', async () => {
    const { api, notebook, host } = await shown(Footer);
    await notebook.publish();
    api.failures.cancel = refusal(502, { message: 'Too late.' });
    await click('Cancel');
    expect(host.calls).toContain('error Too late.');
    api.failures = {};
    await click('Cancel');
    expect(api.bodiesOf('cancel')).toEqual(['j1', 'j1']);
    expect(button('Cancel').disabled).toBe(true);
  });

  function withLast(part: Partial<typeof PUBLICATION>): ReturnType<typeof inspection> {
    return inspection({ target: 'g1', publications: [{ ...PUBLICATION, ...part }] });
  }
});

describe('a message', () => {
  it('is put away by itself, or with its button', async () => {
    const run = vi.fn();
    const { publisher } = await shown(NoticesView);
    publisher.notices.show({ kind: 'error', message: 'One.', actions: [{ label: 'Open', run }] });
    publisher.notices.show({ kind: 'error', message: 'Two.' });
    await click('Open');
    expect(run).toHaveBeenCalled();
    expect(publisher.notices.list.map(each => each.message)).toEqual(['Two.']);
    await click('Dismiss message');
    expect(publisher.notices.list).toEqual([]);
  });
});

describe('the field of the server', () => {
  const DAY = 86400;
  const LATER = Math.round(Date.now() / 1000) + 30 * DAY;

  it.each<[string, Partial<ServerInfo>, string]>([
    ['by the administrator', { origin: 'configuration' }, 'Set up by your administrator'],
    ['in the environment', { origin: 'environment' }, 'From the environment variables'],
    ['by rsconnect-python', { origin: 'rsconnect-python' }, 'From rsconnect-python'],
    [
      'with a session of rsconnect-python',
      { origin: 'rsconnect-python', credential: 'session' },
      'Signed in by rsconnect-python'
    ],
    ['as the sandbox', { origin: 'sandbox' }, 'Runs on this machine'],
    ['in the keyring', {}, 'API key stored in the system keyring'],
    ['in a file', { key_place: 'file' }, 'API key stored in a file only you can read'],
    ['by a sign-in', { credential: 'session' }, 'the sign-in is stored in the system keyring'],
    ['by a sign-in in a file', { credential: 'session', key_place: 'file' }, 'stored in a file'],
    ['until a day that is over', { expires: DAY }, 'expired on'],
    ['until a day', { expires: LATER }, 'expires on'],
    ['without a key', { has_key: false }, 'You are not signed in to this server.'],
    ['with a problem', { has_key: false, problem: 'The keyring is locked.' }, 'keyring is locked']
  ])('says how it is known: %s', async (_, part, text) => {
    const { container } = await shown(ServerField, api => {
      api.list = serverList({ ...SERVER, ...part });
    });
    expect(container.textContent).toContain(text);
  });

  it('says that the administrator has added none', async () => {
    const { container } = await shown(ServerField, api => {
      api.list = { ...serverList(), locked: true };
      api.inspection = inspection({ server: null });
    });
    expect(container.textContent).toContain('has not added one yet');
    expect(actions()).toEqual([]);
  });

  it('reads the list again that could not be read', async () => {
    const { api, container } = await shown(ServerField, each => {
      each.list = refusal(424, { message: 'The file is broken.' });
    });
    expect(container.textContent).toContain('The file is broken.');
    api.list = serverList(SERVER);
    await click('Try again');
    expect(actions()).toEqual(['Edit server', 'Remove server', 'Add server']);
  });

  it('chooses, edits, removes and adds servers, and signs in again', async () => {
    const { api, host, notebook, publisher } = await shown(ServerField, each => {
      const finding = { severity: 'error' as const, code: 'bad-api-key', message: 'X.', hint: '' };
      each.inspection = inspection({ findings: [finding] });
    });
    await click('Sign in again');
    expect(api.bodiesOf('sign in')).toMatchObject([{ server: 'acme' }]);
    await click('Edit server');
    expect(publisher.servers.form).toMatchObject({ editing: { name: 'acme' } });
    await click('Add server');
    expect(publisher.servers.form).toMatchObject({ editing: null });
    await click('Remove server');
    expect(host.calls).toContain('ask Remove “acme”?');
    type('Server', 'other');
    expect(notebook.form.server).toBe('other');
  });
});

describe('the form of a server', () => {
  async function open(
    server: ServerInfo | null,
    prepare?: (api: FakeApi) => void
  ): Promise<IShown> {
    const made = await shown(ServerFormView, prepare);
    made.publisher.servers.openForm(server);
    await flushPromises();
    return made;
  }

  it('adds a server by its key', async () => {
    const { api, publisher } = await open(null);
    await click('Use an API key instead');
    type('Address', 'connect.acme.com');
    fireEvent.blur(field('Address'));
    await flushPromises();
    expect(screen.getByText(/Posit Connect 2026.06.0/)).toBeTruthy();
    type('API key', 'k');
    await click('Connection');
    type('Name', 'mine');
    type('Certificate', 'PEM');
    fireEvent.blur(field('Certificate'));
    await flushPromises();
    fireEvent.click(field(/^Skip certificate/));
    await flushPromises();
    expect(api.bodiesOf('address').at(-1)).toMatchObject({ insecure: true, ca_data: 'PEM' });
    fireEvent.submit(document.querySelector('form') as HTMLFormElement);
    await flushPromises();
    expect(api.bodiesOf('add')).toEqual([
      { address: 'connect.acme.com', api_key: 'k', insecure: true, name: 'mine', ca_data: 'PEM' }
    ]);
    expect(publisher.servers.form.kind).toBe('closed');
  });

  it('is left with Back, or with Escape', async () => {
    const { publisher } = await open(null);
    await click('Back');
    expect(publisher.servers.form.kind).toBe('closed');
    publisher.servers.openForm();
    fireEvent.keyDown(field('Address'), { key: 'Escape' });
    expect(publisher.servers.form.kind).toBe('closed');
  });

  it('changes, signs out, and shows what was wrong at its field', async () => {
    const { api, publisher } = await open(SERVER);
    expect(actions()).toContain('Create an API key');
    api.added = refusal(422, { message: 'The name is taken.', where: { field: 'name' } });
    await click('Connection');
    type('Name', 'other');
    fireEvent.submit(document.querySelector('form') as HTMLFormElement);
    await flushPromises();
    expect(screen.getByText('The name is taken.')).toBeTruthy();
    api.added = refusal(500, { message: 'No.', hint: 'Wait.' });
    fireEvent.submit(document.querySelector('form') as HTMLFormElement);
    await flushPromises();
    expect(screen.getByRole('alert').textContent).toBe('No.Wait.');
    await click('Sign out');
    expect(api.bodiesOf('sign out')).toEqual(['acme']);
    expect(publisher.notices.list.map(each => each.message)).toEqual(['No.']);
  });

  it('changes only the key of a server that is fixed', async () => {
    await open({ ...SERVER, editable: false, removable: false });
    expect((field('Address') as HTMLInputElement).disabled).toBe(true);
    expect(actions()).not.toContain('Connection');
    expect(actions()).not.toContain('Sign out');
  });

  it.each([
    ['keyring', 'sign-in', 'The sign-in is stored in the system keyring'],
    ['file', 'sign-in', 'The sign-in is stored in a file'],
    ['keyring', 'key', 'The key is stored in the system keyring'],
    ['file', 'key', 'The key is stored in a file']
  ] as const)('says where it is kept: %s, %s', async (place, way, text) => {
    const { publisher, container } = await open(null, api => {
      api.list = { ...serverList(SERVER), key_place: place };
    });
    publisher.servers.setWay(way);
    expect(container.textContent).toContain(text);
  });

  it('starts the sandbox', async () => {
    const { api } = await open(null);
    await click('Start the sandbox');
    expect(api.bodiesOf('sandbox').length).toBe(1);
  });
});

describe('a sign-in', () => {
  const request = { server: 'acme' };
  const problem = {
    code: 'x',
    message: 'Elsewhere.',
    hint: 'Look.',
    data: { host: 'idp.acme.com' }
  };

  it.each<[string, SignInState, string, string[]]>([
    ['not at hand', { kind: 'idle' }, '', []],
    ['begun', { kind: 'starting', request }, 'Asking the server…', []],
    [
      'waiting with a code',
      { kind: 'waiting', request, signIn: signIn(), opened: true },
      'ABCD-EFGH',
      ['Copy the code', 'Open the page again', 'Cancel']
    ],
    [
      'waiting where no page was opened',
      { kind: 'waiting', request, signIn: signIn({ user_code: '' }), opened: false },
      'Sign in on the server’s page',
      ['Open the server’s page', 'Cancel']
    ],
    [
      'elsewhere',
      { kind: 'elsewhere', request, problem },
      'Elsewhere.',
      ['Sign in at idp.acme.com', 'Cancel']
    ],
    ['failed', { kind: 'failed', request, problem }, 'Elsewhere.Look.', []]
  ])('%s is shown', async (_, state, text, offered) => {
    const { publisher, container } = await shown(SignInView);
    publisher.servers.signIn.state = state;
    publisher.changed.emit();
    expect(container.textContent).toContain(text);
    expect(actions()).toEqual(offered);
    for (const name of offered.filter(each => !each.startsWith('Open') && each !== 'Cancel')) {
      await click(name);
    }
    if (offered.includes('Cancel')) {
      await click('Cancel');
      expect(publisher.servers.signIn.state.kind).toBe('idle');
    }
  });
});

describe('the field of the target', () => {
  it.each<[string, Partial<FakeApi>, string]>([
    ['nothing was found', { hits: [] }, 'No content with this title that you can edit.'],
    [
      'the server does not answer',
      { failures: { search: refusal(502, { message: 'Away.' }) } },
      'Away.'
    ]
  ])('says that %s', async (_, part, text) => {
    vi.useFakeTimers();
    const { container } = await shown(TargetField, api => Object.assign(api, part));
    type('Publish to', 'no such');
    expect(container.textContent).toContain('Searching…');
    await React.act(() => vi.advanceTimersByTimeAsync(400));
    expect(container.textContent).toContain(text);
    fireEvent.keyDown(field('Publish to'), { key: 'Escape' });
    expect(container.textContent).not.toContain(text);
    vi.useRealTimers();
  });

  it('offers what was published from here and what the server has, by mouse', async () => {
    vi.useFakeTimers();
    const { notebook, container } = await shown(TargetField, api => {
      api.inspection = inspection({ publications: [PUBLICATION] });
      api.hits = [HIT, { ...HIT, guid: 'g1' }, { ...HIT, guid: 'g8', editable: false }];
    });
    const box = field('Publish to');
    fireEvent.focus(box);
    fireEvent.click(box);
    await React.act(() => vi.advanceTimersByTimeAsync(1));
    const groups = [...container.querySelectorAll('.jp-rsc-options-group')];
    expect(groups.map(each => each.textContent)).toEqual([
      'Published from this notebook',
      'On the server'
    ]);
    const last = [...container.querySelectorAll('[role=option]')].at(-1) as Element;
    fireEvent.mouseMove(last);
    fireEvent.mouseDown(last);
    expect(last.getAttribute('aria-selected')).toBe('true');
    fireEvent.click(last);
    expect(notebook.values?.target).toMatchObject({ guid: HIT.guid });
    vi.useRealTimers();
  });

  it('offers content of the same title, and says what another format leaves', async () => {
    const { notebook, container } = await shown(TargetField, api => {
      api.inspection = inspection({ publications: [PUBLICATION] });
    });
    notebook.chooseMode('static');
    expect(container.textContent).toContain('The content published as Source code is kept.');
    const hit = { ...HIT, mode: 'static' as const, title: 'Quarterly sales', owner_name: '' };
    Object.assign(notebook, { form: { ...notebook.form, target: null } });
    Object.assign(Reflect.get(notebook, 'titleSearch') as object, {
      server: notebook.values?.server,
      state: { kind: 'found', text: '', hits: [hit], more: false }
    });
    notebook.changed.emit();
    expect(container.textContent).toContain('The server has content with this title.');
    await click('Update it');
    expect(notebook.form.target).toMatchObject({ guid: HIT.guid });
  });
});

describe('the format', () => {
  it('has more ways, and a run before a finished document', async () => {
    const { notebook, container } = await shown(ModeField, api => {
      const modes = inspection().modes.map(each => ({ ...each, reason: 'No.' }));
      api.inspection = inspection({ modes, mode: 'static' });
    });
    await click('Other formats');
    expect(container.textContent).toContain('Quarto document');
    fireEvent.click(field('Run the notebook first'));
    type('Time limit (seconds)', '90');
    expect(notebook.form).toMatchObject({ run_first: true, run_timeout: 90 });
    type('Time limit (seconds)', '');
    expect(notebook.form.run_timeout).toBeUndefined();
    fireEvent.click(field('Interactive app'));
    expect(notebook.values?.mode).toBe('jupyter-voila');
  });
});

describe('the files', () => {
  it('are chosen one by one, or by folder', async () => {
    const { notebook } = await shown(FilesSection);
    await click('Files');
    fireEvent.click(field('data/'));
    expect(notebook.form.files).toEqual(['!data/big.csv', '!data/sales.csv']);
    const caret = document.querySelector('.jp-rsc-file-caret') as Element;
    fireEvent.click(caret);
    expect(screen.queryByLabelText('big.csv')).toBeNull();
    fireEvent.click(caret);
    fireEvent.click(field('big.csv'));
    expect(notebook.form.files).toContain('data/big.csv');
    fireEvent.click(field('Add files that the notebook uses'));
    expect(notebook.form.detect_files).toBe(false);
  });
});

describe('Python', () => {
  const KERNEL = inspection().kernel;
  const REQUIREMENTS = inspection().requirements;

  it.each<[string, Parameters<typeof inspection>[0], string]>([
    ['an unknown kernel', { kernel: null }, 'unknown'],
    [
      'another language',
      { kernel: KERNEL && { ...KERNEL, language: 'R', display_name: 'R 4' } },
      'not used (R 4)'
    ],
    ['no requirements', { requirements: null }, '3.11'],
    ['imports', {}, '3.11 · 1 package, from imports'],
    [
      'a file',
      {
        requirements: REQUIREMENTS && { ...REQUIREMENTS, source: 'file', origin: 'requirements.in' }
      },
      'requirements.in'
    ],
    [
      'the installed packages',
      { requirements: REQUIREMENTS && { ...REQUIREMENTS, source: 'freeze' } },
      'all installed'
    ]
  ])('sums up %s', async (_, part, text) => {
    const { container } = await shown(PythonSection, api => (api.inspection = inspection(part)));
    expect(container.textContent).toContain(text);
  });

  it('shows what the packages were before, and takes more', async () => {
    const difference = { added: ['pandas==2.2.2'], removed: ['numpy==1.0'] };
    const { notebook, container } = await shown(PythonSection, api => {
      api.inspection = inspection({
        requirements: REQUIREMENTS && { ...REQUIREMENTS, difference },
        files: [{ path: 'requirements.txt', size: 1, included: true, reason: '' }]
      });
    });
    await click('Python');
    expect(container.textContent).toContain('Since the last publish: 1 added, 1 removed.');
    type('Requirements', 'requirements.txt');
    expect(notebook.form.requirements).toBe('requirements.txt');
    type('Additional packages', 'scipy');
    fireEvent.keyDown(field('Additional packages'), { key: 'Enter' });
    await click('Add package');
    expect(notebook.form.add_requirements).toEqual(['scipy']);
    await click('Remove scipy');
    expect(notebook.form.add_requirements).toEqual([]);
  });

  it.each<[string, object, 'none' | 'idle', string]>([
    ['that answered', { asked: true }, 'idle', 'The running kernel was asked for its packages.'],
    ['that runs', {}, 'idle', 'Ask the running kernel'],
    ['that does not run', { interpreter: '' }, 'none', 'Start the kernel to ask it.']
  ])('offers to ask a kernel %s', async (_, part, state, text) => {
    const { host, container, publisher } = await shown(PythonSection, api => {
      api.inspection = inspection({ kernel: KERNEL && { ...KERNEL, ...part } });
    });
    host.kernel = state;
    publisher.changed.emit();
    await click('Python');
    expect(container.textContent).toContain(text);
  });
});

describe('more options', () => {
  it('are counted, and are what is chosen', async () => {
    const { notebook, container } = await shown(MoreOptionsSection);
    await click('More options');
    type('What changed?', 'New figures');
    type('Schedule', 'every day 07:00');
    type('Package manager', 'uv');
    fireEvent.click(field('Publish as draft'));
    expect(notebook.form).toMatchObject({
      note: 'New figures',
      schedule: 'every day 07:00',
      package_manager: 'uv',
      draft: true
    });
    expect(container.textContent).toContain('4 set');
  });
});
