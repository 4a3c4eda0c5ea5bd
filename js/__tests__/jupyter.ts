/** A JupyterLab of as many parts as the front end touches: real commands and widgets, notebooks without an editor. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { CodeCellModel, type ICellModel, MarkdownCellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { inspection, NEVER_PUBLISHED, SERVER, serverList } from './fixtures';

export const BASE_URL = 'http://localhost:8888/';

type Answer = unknown;

/** What stands for no answer yet. */
export const PENDING = Symbol('pending');

/** Answers of the server part by `VERB route`; anything else fails. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  'GET version': { version: '2.0.0', python: '3.11.7', jupyter_server: '2.21.1' },
  'GET servers': serverList(SERVER),
  'GET sign-in': { sign_ins: [] },
  'GET publish': { jobs: [] },
  'POST inspect': inspection(),
  'POST changes': NEVER_PUBLISHED,
  'GET servers/acme/content': { content: [], more: false }
};

/** Server settings whose requests are answered from `answers`; what was asked is added to `asked`. */
export function settingsThat(
  answers: Readonly<Record<string, Answer>>,
  asked: string[]
): ServerConnection.ISettings {
  const fetch = (request: RequestInfo | URL): Promise<Response> => {
    const { method, url } = request as Request;
    const route = `${method} ${url.replace(`${BASE_URL}rsconnect-jupyter/`, '').replace(/\?.*/, '')}`;
    asked.push(route);
    if (answers[route] === PENDING) {
      return new Promise(() => undefined);
    }
    const found = route in answers;
    const body = found ? answers[route] : { code: 'no-answer', message: 'No.', hint: '' };
    return Promise.resolve(new Response(JSON.stringify(body), { status: found ? 200 : 424 }));
  };
  return ServerConnection.makeSettings({ baseUrl: BASE_URL, fetch });
}

export interface ICellOf {
  readonly model: ICellModel;
  readonly node: HTMLElement;
}

/** A notebook that is open. */
export class FakePanel {
  constructor(
    path: string,
    kinds: readonly ('code' | 'markdown')[] = ['code', 'markdown', 'code']
  ) {
    this.context.path = path;
    this.id = `panel-${path}`;
    this.content.widgets = kinds.map(kind => ({
      model: kind === 'code' ? new CodeCellModel() : new MarkdownCellModel(),
      node: document.createElement('div')
    }));
  }

  readonly id: string;
  readonly calls: string[] = [];
  readonly disposed = new Signal<FakePanel, void>(this);

  readonly context = {
    path: '',
    pathChanged: new Signal<FakePanel, string>(this),
    saveState: new Signal<FakePanel, string>(this),
    contentsModel: { writable: true } as { writable: boolean } | null,
    model: { dirty: false, readOnly: false, collaborative: false },
    save: (): Promise<void> => {
      this.calls.push('save');
      this.context.model.dirty = this.staysDirty;
      return Promise.resolve();
    }
  };
  staysDirty = false;

  readonly content = {
    widgets: [] as ICellOf[],
    activeCellIndex: 0,
    mode: 'edit',
    model: { setMetadata: (name: string, value: unknown) => this.note(`set ${name}`, value) },
    activeCell: null as ICellOf | null,
    deselectAll: () => this.note('deselect'),
    scrollToItem: (index: number) => Promise.resolve(this.note(`scroll to ${index}`)),
    activate: () => this.note('activate')
  };

  readonly sessionContext = {
    ready: Promise.resolve(),
    isDisposed: false,
    statusChanged: new Signal<FakePanel, string>(this),
    session: null as { kernel: FakeKernel | null } | null,
    changeKernel: ({ name }: { name: string }) => Promise.resolve(this.note(`kernel ${name}`))
  };

  /** Give it a kernel. */
  start(kernel: FakeKernel): FakeKernel {
    this.sessionContext.session = { kernel };
    return kernel;
  }

  private note(what: string, more?: unknown): void {
    this.calls.push(more === undefined ? what : `${what} ${JSON.stringify(more)}`);
  }
}

export class FakeKernel {
  constructor(public status = 'idle') {}
  name = 'python3';
  isDisposed = false;
  connectionStatus = 'connected';
  answer: Promise<{ content: object }> = Promise.resolve({ content: { status: 'ok' } });
  disposed = false;
  requestExecute(): object {
    return { done: this.answer, dispose: () => (this.disposed = true) };
  }
}

export class FakeTracker {
  constructor(readonly panels: FakePanel[] = []) {
    this.currentWidget = panels[0] ?? null;
  }
  currentWidget: FakePanel | null;
  readonly currentChanged = new Signal<this, FakePanel | null>(this);
  readonly widgetAdded = new Signal<this, FakePanel>(this);
  forEach(each: (panel: FakePanel) => void): void {
    this.panels.forEach(each);
  }
  find(wanted: (panel: FakePanel) => boolean): FakePanel | undefined {
    return this.panels.find(wanted);
  }
  /** Bring a notebook to the front; it is opened if it is not. */
  show(panel: FakePanel | null): void {
    if (panel && !this.panels.includes(panel)) {
      this.panels.push(panel);
      this.widgetAdded.emit(panel);
    }
    this.currentWidget = panel;
    this.currentChanged.emit(panel);
  }
  get typed(): INotebookTracker {
    return this as unknown as INotebookTracker;
  }
}

/** What the application is given: commands and an area for widgets, all on one page. */
export class FakeApp {
  constructor(
    readonly name: string,
    serverSettings: ServerConnection.ISettings
  ) {
    this.serviceManager.serverSettings = serverSettings;
    this.commands.addCommand('docmanager:open', {
      execute: ({ path }) => this.opened.push(String(path))
    });
  }
  readonly commands = new CommandRegistry();
  readonly opened: string[] = [];
  readonly activated: string[] = [];
  readonly widgets: Widget[] = [];
  readonly areas: string[] = [];
  readonly restored = Promise.resolve();
  readonly serviceManager = {
    serverSettings: undefined as ServerConnection.ISettings | undefined,
    kernelspecs: {
      specs: { kernelspecs: { ir: { display_name: 'R', language: 'R' } } }
    }
  };
  readonly shell = {
    add: (widget: Widget, area: string): void => {
      this.areas.push(area);
      this.widgets.push(widget);
      widget.hide();
      Widget.attach(widget, document.body);
    },
    activateById: (id: string): void => {
      this.activated.push(id);
      const widget = this.widgets.find(each => each.id === id);
      widget?.show();
      widget?.activate();
    }
  };
  /** What was right-clicked. */
  clicked: HTMLElement | null = null;
  contextMenuHitTest(test: (node: HTMLElement) => boolean): HTMLElement | undefined {
    return this.clicked && test(this.clicked) ? this.clicked : undefined;
  }
  get typed(): JupyterFrontEnd {
    return this as unknown as JupyterFrontEnd;
  }
  dispose(): void {
    this.widgets.forEach(each => each.dispose());
  }
}
