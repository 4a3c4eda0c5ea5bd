/** What the model gets of Jupyter: notebooks, kernels, tabs, dialogs, and the browser. */

import { Clipboard, Notification } from '@jupyterlab/apputils';
import { NotebookActions } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { SplitPanel, TabPanel, type Widget } from '@lumino/widgets';
import { screen, waitFor } from '@testing-library/dom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { setCodeHidden } from '../cellTags';
import { JupyterHost } from '../jupyterHost';
import type { IPreviewTab } from '../model/host';
import { COMPARISON, flushPromises, trans } from './fixtures';
import { FakeApp, FakeKernel, FakePanel, FakeTracker, settingsThat } from './jupyter';

const QUESTION = {
  code: '',
  silent: true,
  store_history: false,
  allow_stdin: false,
  user_expressions: { packages: '1' }
};

let app: FakeApp;
let panel: FakePanel;
let host: JupyterHost;

function start(name = 'JupyterLab'): void {
  app = new FakeApp(name, settingsThat({}, []));
  panel = new FakePanel('work/sales.ipynb');
  host = new JupyterHost(app.typed, new FakeTracker([panel]).typed, trans, null);
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
  start();
});

afterEach(() => {
  app.dispose();
  document.body.innerHTML = '';
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('saving', () => {
  it.each<[string, (panel: FakePanel) => void, string[]]>([
    ['nothing unsaved', () => undefined, []],
    ['changes', ({ context }) => (context.model.dirty = true), ['save']]
  ])('of a notebook with %s', async (_, prepare, calls) => {
    prepare(panel);
    await host.save('work/sales.ipynb');
    await host.save('closed.ipynb');
    expect(panel.calls).toEqual(calls);
  });

  it.each<[string, (panel: FakePanel) => void, string]>([
    ['is read-only', ({ context }) => (context.model.readOnly = true), 'its file is read-only'],
    [
      'may not be written',
      ({ context }) => (context.contentsModel = { writable: false }),
      'its file is read-only'
    ],
    ['stays unsaved', each => (each.staysDirty = true), 'could not be saved']
  ])('says so when the notebook %s', async (_, prepare, message) => {
    panel.context.model.dirty = true;
    prepare(panel);
    await expect(host.save('work/sales.ipynb')).rejects.toThrow(message);
  });

  it.each([
    ['until Jupyter has written it', false, 'saved'],
    ['15 seconds at most', true, 'could not be saved']
  ])('waits, of a notebook that several people edit, %s', async (_, stays, outcome) => {
    vi.useFakeTimers();
    Object.assign(panel.context.model, { dirty: true, collaborative: true });
    panel.context.contentsModel = { writable: false };
    const saved = host.save('work/sales.ipynb').then(
      () => 'saved',
      (error: Error) => error.message
    );
    await vi.advanceTimersByTimeAsync(1000);
    panel.context.model.dirty = stays;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await saved).toContain(outcome);
  });
});

describe('a place in the notebook', () => {
  const shown = ['deselect', 'scroll to 2', 'activate'];
  it.each([
    ['a cell', { cell: 2 }, shown],
    ['a cell beyond the end', { cell: 9 }, []]
  ])('that is %s', async (_, place, calls) => {
    await host.goTo('work/sales.ipynb', place);
    expect(panel.calls).toEqual(calls);
    expect(app.activated).toEqual(calls.length ? [panel.id] : []);
  });

  it('is the cell of that id, wherever it is now', async () => {
    const { id } = panel.content.widgets[2].model;
    await host.goTo('work/sales.ipynb', { cell: 0, cell_id: id });
    expect(panel.content).toMatchObject({ activeCellIndex: 2, mode: 'command' });
  });

  it('that is a file is opened, from the notebook’s folder', async () => {
    await host.goTo('work/sales.ipynb', { file: '../data.csv', line: 3 });
    await host.goTo('closed.ipynb', { cell: 1 });
    expect(app.opened).toEqual(['data.csv']);
  });
});

describe('cells', () => {
  it('with hidden code are counted', () => {
    const [code, text, last] = panel.content.widgets.map(each => each.model);
    [code, text].forEach(each => setCodeHidden(each, true));
    expect(host.hiddenCells('work/sales.ipynb')).toBe(1);
    expect(host.hiddenCells('closed.ipynb')).toBe(0);
    last.setMetadata('tags', ['slow']);
    setCodeHidden(last, true);
    expect(last.getMetadata('tags')).toEqual(['slow', 'hide_input']);
    setCodeHidden(last, false);
    setCodeHidden(code, false);
    expect([last, code].map(each => each.getMetadata('tags') as unknown)).toEqual([
      ['slow'],
      undefined
    ]);
  });

  it.each([
    ['all', undefined, [1, 0]],
    ['one', 2, [0, 1]],
    ['none beyond the end', 7, [0, 0]]
  ])('are run: %s', async (_, cell, counts) => {
    const all = vi.spyOn(NotebookActions, 'runAll').mockResolvedValue(true);
    const some = vi.spyOn(NotebookActions, 'runCells').mockResolvedValue(true);
    await host.run('work/sales.ipynb', cell);
    await host.run('closed.ipynb', cell);
    expect([all.mock.calls.length, some.mock.calls.length]).toEqual(counts);
  });
});

describe('a kernel', () => {
  const path = 'work/sales.ipynb';

  it.each([
    ['idle', {}, 'idle'],
    ['unknown', {}, 'idle'],
    ['busy', {}, 'busy'],
    ['idle', { isDisposed: true }, 'none'],
    ['idle', { connectionStatus: 'connecting' }, 'none']
  ])('that is %s, %o, is %s', (status, part, state) => {
    Object.assign(panel.start(new FakeKernel(status)), part);
    expect(host.kernelState(path)).toBe(state);
  });

  it('is waited for until it is idle', async () => {
    expect(host.kernelState(path)).toBe('none');
    await host.kernelIdle('closed.ipynb');
    const kernel = panel.start(new FakeKernel('busy'));
    let idle = false;
    const waiting = host.kernelIdle(path).then(() => (idle = true));
    await flushPromises();
    panel.sessionContext.statusChanged.emit('busy');
    await flushPromises();
    expect(idle).toBe(false);
    kernel.status = 'idle';
    panel.sessionContext.statusChanged.emit('idle');
    await waiting;
    await host.kernelIdle(path);
  });

  it('is asked when it is idle', async () => {
    expect(await host.askKernel(path, QUESTION)).toBeNull();
    const kernel = panel.start(new FakeKernel('busy'));
    expect(await host.askKernel(path, QUESTION)).toBeNull();
    kernel.status = 'idle';
    const answer = { kernel: 'python3', reply: { status: 'ok' } };
    expect(await host.askKernel(path, QUESTION)).toEqual(answer);
  });

  it('that does not answer is not waited for longer than 15 seconds', async () => {
    vi.useFakeTimers();
    const kernel = panel.start(new FakeKernel());
    kernel.answer = new Promise(() => undefined);
    const answer = host.askKernel(path, QUESTION);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await answer).toBeNull();
    expect(kernel.disposed).toBe(true);
  });

  it('is changed to one that is installed, in the notebook’s metadata too', async () => {
    await host.chooseKernel(path, 'julia');
    await host.chooseKernel('closed.ipynb', 'ir');
    expect(panel.calls).toEqual([]);
    await host.chooseKernel(path, 'ir');
    expect(panel.calls).toEqual([
      'kernel ir',
      'set kernelspec {"name":"ir","display_name":"R","language":"R"}'
    ]);
  });
});

describe('a tab', () => {
  const loads = vi.fn(() => Promise.resolve(COMPARISON));
  const comparison = { id: 'c1', title: 'sales.ipynb: version 11 and now', load: loads };
  const previewTab = (): IPreviewTab => ({
    id: 'p1',
    title: 'Preview of sales.ipynb',
    load: vi.fn(() => Promise.resolve(() => 'http://localhost/page')),
    changed: new Signal<object, void>({}),
    compare: () => null
  });

  it('that compares is shown once, and loads again when it is asked for again', async () => {
    loads.mockClear();
    host.compare(comparison);
    expect(await screen.findByRole('checkbox', { name: 'Side by side' })).toBeTruthy();
    host.compare(comparison);
    await flushPromises();
    expect([app.widgets.length, loads.mock.calls.length, app.areas]).toEqual([1, 2, ['main']]);
    const [tab] = app.widgets;
    expect([tab.title.label, tab.title.closable]).toEqual([comparison.title, true]);
    tab.dispose();
    host.compare(comparison);
    expect(app.widgets.length).toBe(2);
  });

  it('that could not be loaded says why, and tries again', async () => {
    const load = vi.fn(() => Promise.reject<typeof COMPARISON>(new Error('No versions.')));
    host.compare({ ...comparison, load });
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('No versions.'));
    screen.getByRole('button', { name: 'Try again' }).click();
    await waitFor(() => expect(load.mock.calls.length).toBe(2));
  });

  it('with a page is made again while it is open', async () => {
    const tab = previewTab();
    host.refreshPreview('p1');
    host.preview(tab);
    const frame = (): HTMLIFrameElement => screen.getByTitle(tab.title);
    await waitFor(() => expect(frame().src).toBe('http://localhost/page'));
    vi.mocked(tab.load).mockRejectedValue(new Error('No disk space.'));
    host.refreshPreview('p1');
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('No disk space.'));
    vi.mocked(tab.load).mockResolvedValue(() => 'http://localhost/second');
    screen.getByRole('button', { name: 'Refresh' }).click();
    await waitFor(() => expect(frame().src).toBe('http://localhost/second'));
  });

  it('gets half of the height below in Notebook 7', () => {
    start('Jupyter Notebook');
    const split = new SplitPanel();
    const lower = new TabPanel();
    split.id = 'jp-main-vsplit-panel';
    split.addWidget(lower);
    const sizes = vi.spyOn(split, 'setRelativeSizes');
    app.shell.add = (widget: Widget, area: string) => {
      app.areas.push(area);
      lower.addWidget(widget);
    };
    host.preview(previewTab());
    expect(app.areas).toEqual(['down']);
    expect(lower.currentWidget?.id).toBe('p1');
    expect(sizes).toHaveBeenCalledWith([1, 1]);
    split.dispose();
  });
});

describe('the browser', () => {
  it('opens web pages only', () => {
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    host.openLink('javascript:alert(1)');
    host.openLink('https://connect.acme.com/');
    expect(open.mock.calls).toEqual([
      ['https://connect.acme.com/', '_blank', 'noopener,noreferrer']
    ]);
  });

  it.each([
    ['a web page', 'https://connect.acme.com/', false, true],
    ['anything else', 'file:///etc/passwd', false, false],
    ['a tab that was closed', 'https://connect.acme.com/', true, false]
  ])('leads an empty tab to %s', (_, url, closed, shown) => {
    const tab = { closed, close: vi.fn(), opener: {}, location: { replace: vi.fn() } };
    vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window);
    const opened = host.openTab();
    expect(opened.show(url)).toBe(shown);
    expect(tab.location.replace.mock.calls).toEqual(shown ? [[url]] : []);
    expect(tab.close.mock.calls.length).toBe(shown ? 0 : 1);
    opened.close();
    expect(tab.close).toHaveBeenCalled();
  });

  it('that opens no tab is no error', () => {
    vi.spyOn(window, 'open').mockReturnValue(null);
    const tab = host.openTab();
    expect(tab.show('https://connect.acme.com/')).toBe(false);
    tab.close();
  });

  it.each([
    ['the text', () => Promise.resolve(new Response('yes')), true],
    ['another text', () => Promise.resolve(new Response('no')), false],
    ['nothing', () => Promise.reject(new TypeError('x')), false]
  ])('that gets %s from an address', async (_, answer, same) => {
    vi.stubGlobal('fetch', answer);
    expect(await host.answers('http://127.0.0.1:9/', 'yes')).toBe(same);
  });

  it('is on this machine when the address says so', () => {
    expect(host.isOnThisMachine).toBe(true);
  });

  it('downloads', () => {
    vi.useFakeTimers();
    const links: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement
    ) {
      links.push(`${this.download} ${this.href}`);
    });
    const forgotten = vi.fn();
    Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: forgotten });
    host.downloadFrom('http://localhost/archive');
    host.download('log.txt', 'one');
    expect(links).toEqual([' http://localhost/archive', 'log.txt blob:x']);
    vi.runAllTimers();
    expect(forgotten).toHaveBeenCalledWith('blob:x');
  });

  it('copies, also where the page is not served over https', async () => {
    const system = vi.spyOn(Clipboard, 'copyToSystem').mockReturnValue();
    await host.copy('link');
    expect(system).toHaveBeenCalledWith('link');
    system.mockClear();
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    await host.copy('link');
    expect(writeText).toHaveBeenCalledWith('link');
    expect(system).not.toHaveBeenCalled();
  });
});

describe('Jupyter', () => {
  it('opens its settings where it has an editor of them', () => {
    const execute = vi.fn();
    host.openSettings();
    app.commands.addCommand('settingeditor:open', { execute });
    host.openSettings();
    expect(execute.mock.calls).toEqual([[{ query: 'Posit Connect' }]]);
  });

  it.each([
    ['Delete', true],
    ['Cancel', false]
  ])('asks before what cannot be taken back: %s', async (button, answer) => {
    const asked = host.confirm({ title: 'Delete version 11?', body: 'Really?', accept: 'Delete' });
    (await screen.findByRole('button', { name: button, hidden: true })).click();
    expect(await asked).toBe(answer);
  });

  it('shows notifications with their buttons, and removes them', () => {
    const run = vi.fn();
    const remove = host.notify({
      kind: 'success',
      message: 'Published.',
      actions: [{ label: 'Open content', run }]
    });
    host.notify({ kind: 'error', message: 'Failed.' });
    const [error, success] = Notification.manager.notifications;
    expect([error.options.autoClose, success.options.autoClose]).toEqual([20_000, 8000]);
    success.options.actions?.[0].callback(new MouseEvent('click'));
    expect(run).toHaveBeenCalled();
    remove();
    expect(Notification.manager.notifications.map(each => each.message)).toEqual(['Failed.']);
    Notification.dismiss();
  });

  it('has restored its workspace, and pauses', async () => {
    await host.restored;
    await host.pause(0);
  });
});
