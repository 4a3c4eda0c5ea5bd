/** The plugin in a JupyterLab: its panel, commands, toolbar button, status bar, marks, and settings. */

import type { ICellModel } from '@jupyterlab/cells';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { fireEvent, screen, waitFor } from '@testing-library/dom';
import { afterEach, describe, expect, it, vi } from 'vitest';

import plugin from '../index';
import type { PublisherModel } from '../model/publisher';
import { CommandIDs, PANEL_ID, PLUGIN_ID } from '../tokens';
import {
  COMPARISON,
  inspection,
  job,
  NEVER_PUBLISHED,
  OTHER,
  PUBLICATION,
  rehearsalJob,
  SERVER,
  serverList
} from './fixtures';
import { ANSWERS, FakeApp, FakePanel, FakeTracker, PENDING, settingsThat } from './jupyter';

const PUBLISHED = {
  'POST inspect': inspection({ target: 'g1', publications: [PUBLICATION] }),
  'POST changes': {
    ...NEVER_PUBLISHED,
    state: 'changed',
    guid: 'g1',
    server_url: SERVER.url,
    bundle_id: '12'
  }
};

interface IPlugged {
  readonly app: FakeApp;
  readonly asked: string[];
  readonly tracker: FakeTracker;
  readonly panel: FakePanel;
  readonly publisher: PublisherModel;
  /** What Jupyter's other parts were given. */
  readonly given: {
    palette: string[];
    restored: string[];
    status: { id: string; item: Widget; isActive: () => boolean }[];
    button: (panel: FakePanel) => Widget;
  };
  readonly settings: { composite: object; changed: Signal<object, void>; set: typeof vi.fn };
}

let pages: { dispose(): void }[] = [];

afterEach(() => {
  pages.forEach(each => each.dispose());
  pages = [];
  document.body.innerHTML = '';
  vi.restoreAllMocks();
});

/** Activate the plugin beside one open notebook, and wait until the form is filled. */
async function activated({
  answers = {},
  name = 'JupyterLab',
  composite = {},
  browser = null as object | null
} = {}): Promise<IPlugged> {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
  const asked: string[] = [];
  const app = new FakeApp(name, settingsThat({ ...ANSWERS, ...answers }, asked));
  const panel = new FakePanel('sales.ipynb');
  const tracker = new FakeTracker([panel]);
  const given: IPlugged['given'] = {
    palette: [],
    restored: [],
    status: [],
    button: () => new Widget()
  };
  const settings = { composite, changed: new Signal<object, void>({}), set: vi.fn() };
  const parts = [
    tracker,
    nullTranslator,
    { load: () => Promise.resolve(settings) },
    {
      addFactory: (_: string, __: string, make: IPlugged['given']['button']) =>
        (given.button = make)
    },
    { addItem: ({ command }: { command: string }) => given.palette.push(command) },
    browser,
    {
      registerStatusItem: (id: string, item: object) => given.status.push({ id, ...item } as never)
    },
    { add: (widget: Widget) => given.restored.push(widget.id) },
    name === 'JupyterLab' ? {} : null,
    null
  ];
  const publisher = plugin.activate(app.typed, ...(parts as [])) as unknown as PublisherModel;
  pages.push(app);
  await waitFor(() => expect(publisher.serverPart.kind).toBe('ready'));
  return { app, asked, tracker, panel, publisher, given, settings: settings as never };
}

/** The same once the open panel shows the form. */
async function opened(options: Parameters<typeof activated>[0] = {}): Promise<IPlugged> {
  const made = await activated(options);
  await made.app.commands.execute(CommandIDs.openPanel);
  await waitFor(() => expect(made.publisher.current?.values).toBeTruthy());
  return made;
}

/** Just after the panel turned to a notebook, Publish does nothing. */
async function acceptsPublish({ publisher }: IPlugged): Promise<void> {
  await waitFor(() => expect(publisher.acceptsPublish).toBe(true), { timeout: 5000 });
}

describe('the panel', () => {
  it('is in the right area of JupyterLab from the start', async () => {
    const { app, given } = await activated();
    expect([app.areas, given.restored]).toEqual([['right'], [PANEL_ID]]);
    expect(screen.getByRole('region', { name: 'Publish to Posit Connect' })).toBeTruthy();
  });

  it('comes to Notebook 7 when it is asked for, and reads nothing before', async () => {
    const { app, asked } = await activated({ name: 'Jupyter Notebook' });
    expect(app.areas).toEqual([]);
    expect(asked).not.toContain('POST inspect');
    await app.commands.execute(CommandIDs.openPanel);
    expect([app.areas, app.activated]).toEqual([['right'], [PANEL_ID]]);
    await waitFor(() => expect(asked).toContain('POST inspect'));
  });

  it('gives the focus to Publish when it is filled in, and back to the notebook with Escape', async () => {
    const made = await opened();
    const { app, panel } = made;
    await acceptsPublish(made);
    await app.commands.execute(CommandIDs.openPanel);
    expect(document.activeElement?.textContent).toBe('Publish');
    fireEvent.keyDown(document.activeElement as Element, { key: 'a' });
    expect(panel.calls).toEqual([]);
    fireEvent.keyDown(document.activeElement as Element, { key: 'Escape' });
    expect(panel.calls).toEqual(['activate']);
  });

  it('passes the focus on that it got while the notebook was read', async () => {
    const { publisher } = await activated();
    const region = screen.getByRole('region', { name: 'Publish to Posit Connect' });
    region.focus();
    const reading = publisher.current?.load();
    (publisher.current as { inspection: object }).inspection = { kind: 'loading' };
    const [widget] = pages.flatMap(each => (each as FakeApp).widgets);
    widget.activate();
    await reading;
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Publish'));
  });
});

describe('the commands', () => {
  it('are all in the palette', async () => {
    const { app, given } = await activated();
    expect(given.palette.sort()).toEqual(Object.values(CommandIDs).sort());
    for (const id of given.palette) {
      expect(app.commands.label(id)).toMatch(/^[A-Z]/);
    }
  });

  it('publish the current notebook, or one that is opened first', async () => {
    const { app, publisher } = await activated();
    await app.commands.execute(CommandIDs.publish);
    expect([app.opened, app.activated]).toEqual([[], [PANEL_ID]]);
    await app.commands.execute(CommandIDs.publish, { path: 'other.ipynb' });
    expect([app.opened, publisher.current?.path]).toEqual([['other.ipynb'], 'other.ipynb']);
  });

  it.each<[string, string, boolean, (made: IPlugged) => void]>([
    ['a notebook in the file browser', 'browser', true, () => undefined],
    [
      'another file there',
      'browser',
      false,
      () => Object.assign(SELECTED, { type: 'file', path: 'a.csv' })
    ],
    ['a notebook’s tab', 'tab', true, ({ app, panel }) => (app.clicked = tabOf(panel.id))],
    ['another tab', 'tab', false, ({ app }) => (app.clicked = tabOf('launcher'))]
  ])('offer to publish %s', async (_, where, offered, prepare) => {
    Object.assign(SELECTED, { type: 'notebook', path: 'b.ipynb' });
    const made = await activated({ browser: browserFactory(browserOf('')) });
    prepare(made);
    const { commands } = made.app;
    expect(commands.isVisible(CommandIDs.publish, { where })).toBe(offered);
    expect(commands.isEnabled(CommandIDs.publish, { where })).toBe(offered);
  });

  it('do nothing without a notebook', async () => {
    const { app, tracker } = await activated();
    tracker.show(null);
    await app.commands.execute(CommandIDs.publish);
    expect(app.activated).toEqual([]);
    const off = [
      CommandIDs.publish,
      CommandIDs.republish,
      CommandIDs.writeManifest,
      CommandIDs.compare,
      CommandIDs.rehearse,
      CommandIDs.preview,
      CommandIDs.openContent,
      CommandIDs.toggleHideCode
    ].filter(id => app.commands.isEnabled(id));
    expect(off).toEqual([]);
    await app.commands.execute(CommandIDs.openContent);
    await app.commands.execute(CommandIDs.toggleHideCode);
  });

  it.each<[string, string, object, object]>([
    ['publish again', CommandIDs.republish, { 'POST publish': job() }, ['POST publish']],
    ['write the manifest', CommandIDs.writeManifest, {}, ['POST manifest']],
    ['rehearse', CommandIDs.rehearse, { 'POST rehearse': rehearsalJob() }, ['POST rehearse']],
    ['preview', CommandIDs.preview, { 'POST rehearse': rehearsalJob() }, ['POST rehearse']],
    ['compare', CommandIDs.compare, { 'POST compare': COMPARISON }, ['POST compare']]
  ])('%s', async (_, id, answers, requests) => {
    const { app, asked } = await opened({ answers: { ...PUBLISHED, ...answers } });
    await waitFor(() => expect(app.commands.isEnabled(id)).toBe(true), { timeout: 5000 });
    await app.commands.execute(id);
    await waitFor(() => expect(asked).toEqual(expect.arrayContaining(requests as string[])));
  });

  it('open the published content, and the form of a new server', async () => {
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    const { app } = await opened({ answers: PUBLISHED });
    await app.commands.execute(CommandIDs.openContent);
    expect(open.mock.calls[0]?.[0]).toBe(PUBLICATION.url);
    await app.commands.execute(CommandIDs.addServer);
    expect(await screen.findByRole('heading', { name: 'Add a server' })).toBeTruthy();
  });

  it('hide the code of the active cell, or of the one that was right-clicked', async () => {
    const { app, panel, publisher } = await opened();
    const { commands } = app;
    const [first, text, last] = panel.content.widgets;
    const tags = ({ model }: { model: ICellModel }): unknown => model.getMetadata('tags');
    panel.content.activeCell = first;
    expect(commands.isToggled(CommandIDs.toggleHideCode)).toBe(false);
    await commands.execute(CommandIDs.toggleHideCode);
    expect(commands.isToggled(CommandIDs.toggleHideCode)).toBe(true);
    expect(publisher.current?.form.hide_input).toBe('tagged');
    app.clicked = last.node;
    last.node.className = 'jp-CodeCell';
    await commands.execute(CommandIDs.toggleHideCode, { where: 'menu' });
    expect([first, last].map(tags)).toEqual([['hide_input'], ['hide_input']]);
    await commands.execute(CommandIDs.toggleHideCode);
    expect(tags(first)).toBeUndefined();
    panel.content.activeCell = text;
    expect(commands.isVisible(CommandIDs.toggleHideCode)).toBe(false);
  });
});

describe('content is opened as a notebook', () => {
  const GUID = '0a1b2c3d-1111-2222-3333-444455556666';
  const OPENED = { folder: 'Sales', notebook: 'Sales/sales.ipynb', title: 'Sales' };
  const TWO = { 'GET servers': serverList(SERVER, OTHER) };

  /** Run the command, type into the dialog, press its button, and choose a server if that is asked. */
  async function open(made: IPlugged, typed: string, choose?: 'Open' | 'Cancel'): Promise<void> {
    const done = made.app.commands.execute(CommandIDs.openAsNotebook) as Promise<void>;
    const press = async (name: string): Promise<void> =>
      (await screen.findByRole('button', { name, hidden: true })).click();
    const field = await screen.findByRole('textbox', { hidden: true, name: /GUID/ });
    fireEvent.change(field, { target: { value: typed } });
    await press('Open');
    if (choose) {
      await waitFor(() => expect(document.querySelector('.jp-Dialog select')).toBeTruthy());
      await press(choose);
    }
    await done;
  }

  const notices = ({ publisher }: IPlugged): string[] =>
    publisher.notices.list.map(each => each.message);

  it.each<[string, object, string, 'Open' | 'Cancel' | undefined, string[], string[]]>([
    [
      'from a link of a known server',
      { ...TWO, 'POST open': OPENED },
      `${SERVER.url}/content/${GUID}/`,
      undefined,
      ['Sales/sales.ipynb'],
      ['Publishing this notebook updates “Sales”.']
    ],
    [
      'by its GUID from the only server, without a notebook',
      { 'POST open': { ...OPENED, notebook: null } },
      GUID.toUpperCase(),
      undefined,
      ['Sales'],
      ['“Sales” has no notebook in it; its files are in Sales.']
    ],
    [
      'from the server that is chosen',
      { ...TWO, 'POST open': OPENED },
      GUID,
      'Open',
      ['Sales/sales.ipynb'],
      ['Publishing this notebook updates “Sales”.']
    ],
    ['not, when the server refuses', {}, GUID, undefined, [], ['No.']],
    [
      'not, of a text without GUID',
      {},
      'https://elsewhere/',
      undefined,
      [],
      ['The text has no GUID of content in it: copy the link from the dashboard.']
    ],
    [
      'not, without a server',
      { 'GET servers': serverList() },
      GUID,
      undefined,
      [],
      ['No server is known yet: add one first.']
    ],
    ['not, of no text', {}, '  ', undefined, [], []]
  ])('%s', async (_, answers, typed, choose, files, messages) => {
    const made = await activated({ answers });
    await waitFor(() => expect(made.publisher.servers.list.kind).toBe('ready'));
    await open(made, typed, choose);
    expect([made.app.opened, notices(made)]).toEqual([files, messages]);
  });
});

describe('a notebook', () => {
  it('has a toolbar button that says its state, and opens the panel', async () => {
    const { app, panel, given, publisher } = await activated({ answers: PUBLISHED });
    const button = given.button(panel);
    pages.push(button);
    Widget.attach(button, document.body);
    await waitFor(() => expect(button.node.dataset.mark).toBe('changed'));
    expect([button.node.dataset.state, button.node.dataset.runs]).toEqual(['idle', '']);
    const shown = await waitFor(() => {
      const found = button.node.querySelector<HTMLElement>('[title]');
      expect(found?.title).toBe('Publish to Posit Connect (Unpublished changes)');
      return found as HTMLElement;
    });
    fireEvent.click(shown);
    await waitFor(() => expect(app.activated).toEqual([PANEL_ID]));
    publisher.setPreferences({ ...publisher.preferences, toolbarButton: false });
    expect(button.isHidden).toBe(true);
  });

  it('is followed: current, saved, renamed, closed', async () => {
    const { tracker, publisher, asked } = await opened();
    const second = new FakePanel('second.ipynb');
    tracker.show(second);
    expect(publisher.current?.path).toBe('second.ipynb');
    second.context.pathChanged.emit('third.ipynb');
    expect(publisher.current?.path).toBe('third.ipynb');
    await waitFor(() => expect(publisher.current?.inspection.kind).toBe('ready'));
    const inspected = (): number => asked.filter(each => each === 'POST inspect').length;
    const before = inspected();
    second.context.saveState.emit('started');
    second.context.saveState.emit('completed');
    await waitFor(() => expect(inspected()).toBe(before + 1));
    second.disposed.emit();
    expect(publisher.current).toBeNull();
  });

  it('is looked at again when the author is back, and polled when the connection is', async () => {
    const { publisher } = await opened();
    const update = vi.spyOn(publisher, 'update');
    const poll = vi.spyOn(publisher, 'pollNow');
    window.dispatchEvent(new Event('focus'));
    expect([update.mock.calls.length, poll.mock.calls.length]).toEqual([1, 1]);
    window.dispatchEvent(new Event('online'));
    expect([update.mock.calls.length, poll.mock.calls.length]).toEqual([1, 2]);
  });

  it('is marked in the file browser', async () => {
    const browser = browserOf('sales.ipynb');
    const factory = browserFactory(browser);
    await activated({ answers: PUBLISHED, browser: factory });
    const label = (of: typeof browser): HTMLElement =>
      of.node.querySelector('.jp-DirListing-itemText') as HTMLElement;
    await waitFor(() => expect(label(browser).title).toBe('Unpublished changes'));
    const another = browserOf('sales.ipynb');
    factory.tracker.widgetAdded.emit(another);
    expect(label(another).dataset.mark).toBe('changed');
    another.disposed.emit();
  });
});

describe('the status bar', () => {
  it('says what readers see, and how a publish goes', async () => {
    const made = await opened({
      answers: { ...PUBLISHED, 'POST publish': job(), 'GET publish/j1': PENDING }
    });
    const { app, given, publisher } = made;
    const [busy, changes] = given.status;
    expect([busy.id, changes.id]).toEqual([PLUGIN_ID, `${PLUGIN_ID}-changes`]);
    [busy, changes].forEach(({ item }) => {
      pages.push(item);
      Widget.attach(item, document.body);
    });
    await waitFor(() => expect(changes.isActive()).toBe(true));
    const mark = await screen.findByRole('button', { name: 'Unpublished changes' });
    expect([busy.isActive(), mark.dataset.mark]).toEqual([false, 'changed']);
    mark.click();
    expect(app.activated.at(-1)).toBe(PANEL_ID);
    expect(await screen.findByRole('button', { name: 'Publishing…' })).toBeTruthy();
    await acceptsPublish(made);
    const publish = publisher.current?.publish();
    expect([busy.isActive(), changes.isActive()]).toEqual([true, false]);
    await publish;
    expect(await screen.findByRole('button', { name: 'Publishing: Checking, 0 %' })).toBeTruthy();
  });
});

describe('the settings', () => {
  it('are the preferences, and keep what is remembered', async () => {
    const { publisher, settings } = await activated({ composite: { askKernel: true } });
    await waitFor(() => expect(publisher.preferences.askKernel).toBe(true));
    await publisher.prefer({ askKernel: false });
    expect(settings.set).toHaveBeenCalledWith('askKernel', false);
    settings.composite = { rehearseFirst: true };
    settings.changed.emit();
    expect(publisher.preferences).toMatchObject({ askKernel: false, rehearseFirst: true });
  });

  it.each([
    ['without settings', null],
    ['without our schema', { load: () => Promise.reject(new Error('No schema.')) }]
  ])('are the defaults in a Jupyter %s and nothing else', async (_, registry) => {
    const app = new FakeApp('Lab', settingsThat(ANSWERS, []));
    pages.push(app);
    const parts = [new FakeTracker().typed, null, registry, ...Array<null>(7).fill(null)];
    const publisher = plugin.activate(app.typed, ...(parts as [])) as unknown as PublisherModel;
    await waitFor(() => expect(publisher.serverPart.kind).toBe('ready'));
    expect(publisher.preferences.gitMetadata).toBe(true);
    await publisher.prefer({ gitMetadata: false });
    expect(publisher.preferences.gitMetadata).toBe(false);
  });
});

const SELECTED = { type: '', path: '' };

function tabOf(id: string): HTMLElement {
  const node = document.createElement('li');
  node.dataset.id = id;
  return node;
}

interface IBrowser {
  readonly node: HTMLElement;
  readonly model: { readonly path: string };
  readonly disposed: Signal<object, void>;
  selectedItems(): IterableIterator<typeof SELECTED>;
}

/** A file browser that lists one notebook. */
function browserOf(name: string): IBrowser {
  const node = document.createElement('div');
  node.innerHTML =
    '<li class="jp-DirListing-item" data-file-type="notebook">' +
    `<span class="jp-DirListing-itemText">${name}</span></li>`;
  const selectedItems = (): IterableIterator<typeof SELECTED> => [SELECTED].values();
  return { node, model: { path: '' }, disposed: new Signal<object, void>({}), selectedItems };
}

function browserFactory(browser: IBrowser): {
  tracker: { widgetAdded: Signal<object, IBrowser> };
} {
  const tracker = {
    currentWidget: browser,
    forEach: (each: (one: IBrowser) => void) => each(browser),
    widgetAdded: new Signal<object, IBrowser>({})
  };
  return { tracker };
}
