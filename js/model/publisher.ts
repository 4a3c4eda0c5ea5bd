/** The front end's state as one object: the server part, the known servers, and a model for each notebook. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { IApi, Versions } from '../api';
import { type Mark, markText } from './changes';
import type { IHost } from './host';
import { NotebookModel } from './notebook';
import { Notices } from './notices';
import { problemOf, versionProblem } from './problems';
import { ServersModel } from './servers';
import { type Activity, type IPreferences, type Loaded, PREFERENCES } from './state';
import type { IPublisher, PublishingState } from '../tokens';

/** Milliseconds after a change of the notebook in the panel during which Publish does nothing. */
const CHANGE_PAUSE = 500;

export interface IPublisherOptions {
  readonly api: IApi;
  readonly host: IHost;
  readonly trans: TranslationBundle;
  /** Version of this front end. */
  readonly version: string;
}

export class PublisherModel implements IPublisher {
  constructor(private readonly options: IPublisherOptions) {
    const { api, host, trans } = options;
    this.notices = new Notices(host);
    this.notices.changed.connect(this.emitChanged, this);
    this.servers = new ServersModel(api, host, this.notices, trans);
    this.servers.changed.connect(this.emitChanged, this);
    this.servers.edited.connect(this.serverEdited, this);
    void host.restored.then(this.workspaceRestored, this.workspaceRestored);
  }

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab watched has ended. */
  readonly ended = new Signal<this, { notebook: NotebookModel; activity: Activity }>(this);

  readonly servers: ServersModel;
  readonly notices: Notices;
  /** Whether the server part is there, and of our version. */
  serverPart: Loaded<Versions> = { kind: 'loading' };
  preferences: IPreferences = PREFERENCES;
  /** Writes preferences to Jupyter's settings. */
  keepPreferences: (change: Partial<IPreferences>) => Promise<void> = () => Promise.resolve();
  /** While the panel is closed, no notebook is read: opening one that somebody sent runs nothing of ours. */
  isPanelOpen: () => boolean = () => true;
  current: NotebookModel | null = null;

  get trans(): TranslationBundle {
    return this.options.trans;
  }

  get api(): IApi {
    return this.options.api;
  }

  get host(): IHost {
    return this.options.host;
  }

  /** The notebook that is being published, the current one before others. */
  get busy(): NotebookModel | null {
    const all = [this.current, ...this.notebooks.values()];
    return all.find(each => each?.publishing === 'publishing') ?? null;
  }

  /** False while Jupyter restores its workspace and just after the panel changed to another notebook. */
  get acceptsPublish(): boolean {
    return this.restored && !this.changing;
  }

  state(path: string): PublishingState {
    return this.notebooks.get(path)?.publishing ?? 'idle';
  }

  /** Whether readers see what the notebook at `path` is now, and the same in words; nulls when that is not known. */
  markOf(path: string): { readonly mark: Mark | null; readonly text: string | null } {
    const changes = this.notebooks.get(path)?.changes;
    return { mark: changes?.mark ?? null, text: markText(changes?.state ?? null, this.trans) };
  }

  /** Whether the last scheduled run of the notebook's content failed, as far as is known. */
  lastRunFailed(path: string): boolean {
    return !!this.notebooks.get(path)?.runs.failure;
  }

  /** Check that the server part is there and of our version; again after "Try again". */
  async connect(): Promise<void> {
    const { api, trans, version } = this.options;
    this.serverPart = { kind: 'loading' };
    this.changed.emit();
    try {
      const value = await api.version();
      const problem = versionProblem(value.version, version, trans);
      this.serverPart = problem ? { kind: 'failed', problem } : { kind: 'ready', value };
    } catch (error) {
      this.serverPart = { kind: 'failed', problem: problemOf(error, trans) };
    }
    this.changed.emit();
    if (this.serverPart.kind === 'ready') {
      this.notebooks.forEach(each => void each.changes.look(false));
      await Promise.all([this.servers.refresh(), this.current?.update(this.isPanelOpen())]);
    }
  }

  /** Reload everything that the panel shows. */
  async refresh(): Promise<void> {
    await Promise.all([this.servers.refresh(), this.current?.refresh()]);
  }

  /** The panel was opened, or the author is back: look at the notebook that it shows. */
  update(): void {
    if (this.serverPart.kind === 'ready' && this.current) {
      const { current } = this;
      // The server is asked about the mark when the form is filled: Publish does not wait for it.
      void current.update(this.isPanelOpen()).then(() => current.changes.look(true));
    }
  }

  /** The connection came or went, or the author is back: poll running jobs at once. */
  pollNow(): void {
    this.notebooks.forEach(each => each.pollNow());
  }

  /** The notebook's model, made and loaded on first use. */
  open(path: string): NotebookModel {
    const known = this.notebooks.get(path);
    if (known) {
      return known;
    }
    const { api, host, trans } = this.options;
    const services = {
      api,
      host,
      trans,
      notices: this.notices,
      servers: () => this.servers.known,
      preferences: () => this.preferences,
      prefer: (change: Partial<IPreferences>) => this.prefer(change),
      acceptsPublish: () => this.acceptsPublish
    };
    const notebook = new NotebookModel(services, path);
    notebook.changed.connect(this.emitChanged, this);
    notebook.ended.connect(this.notebookEnded, this);
    this.notebooks.set(path, notebook);
    if (this.serverPart.kind === 'ready') {
      void notebook.update(this.isPanelOpen());
      void notebook.changes.look(false);
    }
    return notebook;
  }

  /** Turn the panel to another notebook, or to none. */
  setCurrent(path: string | null): void {
    const before = this.current;
    const known = path !== null && this.notebooks.has(path);
    this.current = path === null ? null : this.open(path);
    if (this.current !== before) {
      if (known) {
        this.update(); // it may have been opened, or saved, while the panel was closed
      }
      if (path !== null) {
        this.notices.drop(path);
      }
      void this.holdPublish();
      this.changed.emit();
    }
  }

  /** The notebook moved: its model, and a publish that runs, go with it. */
  renamed(from: string, to: string): void {
    const notebook = this.notebooks.get(from);
    if (notebook && from !== to) {
      this.notebooks.delete(from);
      this.notebooks.set(to, notebook);
      notebook.path = to;
      void notebook.update(this.isPanelOpen());
    }
  }

  /** The notebook was closed; one that publishes is kept, so that its end is announced. */
  closed(path: string): void {
    const notebook = this.notebooks.get(path);
    if (!notebook || notebook.publishing === 'publishing') {
      return;
    }
    this.notebooks.delete(path);
    if (this.current === notebook) {
      this.current = null;
    }
    notebook.dispose();
    this.changed.emit();
  }

  /** The notebook was saved. */
  saved(path: string): void {
    const notebook = this.notebooks.get(path);
    if (this.serverPart.kind === 'ready') {
      void notebook?.changes.look(false);
    }
    const isReady = this.serverPart.kind === 'ready' && this.isPanelOpen();
    notebook?.refreshPreview();
    if (notebook && notebook.publishing !== 'publishing' && isReady) {
      void notebook.refresh();
    }
  }

  /** A cell's tag was set or taken: tagged cells only matter when tagged code is hidden. */
  codeToggled(hidden: boolean): void {
    if (hidden && this.current?.option('hide_input') === 'none') {
      this.current.choose({ hide_input: 'tagged' });
    } else {
      this.changed.emit();
    }
  }

  /** Change preferences, and keep them where Jupyter keeps its settings. */
  async prefer(change: Partial<IPreferences>): Promise<void> {
    this.setPreferences({ ...this.preferences, ...change });
    await this.keepPreferences(change);
  }

  setPreferences(preferences: IPreferences): void {
    this.preferences = preferences;
    this.changed.emit();
  }

  private serverEdited(_: ServersModel, name: string | null): void {
    const { current } = this;
    if (!current) {
      return;
    }
    if (name) {
      current.chooseServer(name);
    } else {
      current.choose({ server: null, target: null });
    }
    void current.refresh();
  }

  private notebookEnded(notebook: NotebookModel, activity: Activity): void {
    this.ended.emit({ notebook, activity });
  }

  private emitChanged(): void {
    this.changed.emit();
  }

  /** A click meant for the notebook before must not publish the one that has just taken its place. */
  private async holdPublish(): Promise<void> {
    const change = (this.changing = {});
    await this.host.pause(CHANGE_PAUSE);
    if (this.changing === change) {
      this.changing = null;
      this.changed.emit();
    }
  }

  private readonly workspaceRestored = (): void => {
    this.restored = true;
    // Jupyter opens the notebook in the page's address only now.
    void this.holdPublish();
    this.changed.emit();
  };

  private restored = false;
  private changing: object | null = null;
  private readonly notebooks = new Map<string, NotebookModel>();
}
