/** The front end's state as one object: the server part, the known servers, and a model for each notebook. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { IApi, Versions } from '../api';
import type { IHost } from './host';
import { NotebookModel } from './notebook';
import { problemOf, versionProblem } from './problems';
import { ServersModel } from './servers';
import { type Activity, type IPreferences, type Loaded, PREFERENCES } from './state';
import type { IPublisher, PublishingState } from '../tokens';

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
    this.servers = new ServersModel(api, host, trans);
    this.servers.changed.connect(this.emitChanged, this);
    this.servers.edited.connect(this.serverEdited, this);
  }

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab watched has ended. */
  readonly ended = new Signal<this, { notebook: NotebookModel; activity: Activity }>(this);

  readonly servers: ServersModel;
  /** Whether the server part is there, and of our version. */
  serverPart: Loaded<Versions> = { kind: 'loading' };
  preferences: IPreferences = PREFERENCES;
  current: NotebookModel | null = null;

  get trans(): TranslationBundle {
    return this.options.trans;
  }

  get host(): IHost {
    return this.options.host;
  }

  /** The notebook that is being published, the current one before others. */
  get busy(): NotebookModel | null {
    const all = [this.current, ...this.notebooks.values()];
    return all.find(each => each?.publishing === 'publishing') ?? null;
  }

  state(path: string): PublishingState {
    return this.notebooks.get(path)?.publishing ?? 'idle';
  }

  /** Shake hands with the server part; again after "Try again". */
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
      await Promise.all([this.servers.refresh(), this.current?.load()]);
    }
  }

  /** Look at everything anew. */
  async refresh(): Promise<void> {
    await Promise.all([this.servers.refresh(), this.current?.refresh()]);
  }

  /** The connection came or went, or the author is back: look how things stand. */
  pollNow(): void {
    this.notebooks.forEach(each => each.pollNow());
  }

  /** The notebook's model, made and loaded on first sight. */
  open(path: string): NotebookModel {
    const known = this.notebooks.get(path);
    if (known) {
      return known;
    }
    const { api, host, trans } = this.options;
    const surroundings = { api, host, trans, preferences: () => this.preferences };
    const notebook = new NotebookModel(surroundings, path);
    notebook.changed.connect(this.emitChanged, this);
    notebook.ended.connect(this.notebookEnded, this);
    this.notebooks.set(path, notebook);
    if (this.serverPart.kind === 'ready') {
      void notebook.load();
    }
    return notebook;
  }

  /** Turn the panel to another notebook, or to none. */
  setCurrent(path: string | null): void {
    const before = this.current;
    this.current = path === null ? null : this.open(path);
    if (this.current !== before) {
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
      void notebook.refresh();
    }
  }

  /** The notebook was closed; one that publishes is kept, so that its end is told. */
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

  /** The notebook is on disk anew. */
  saved(path: string): void {
    const notebook = this.notebooks.get(path);
    if (notebook && notebook.publishing !== 'publishing' && this.serverPart.kind === 'ready') {
      void notebook.refresh();
    }
  }

  /** A cell's tag was set or taken: tagged cells only matter when tagged code is hidden. */
  codeToggled(hidden: boolean): void {
    if (hidden && this.current?.values?.hideInput === 'none') {
      this.current.choose({ hideInput: 'tagged' });
    } else {
      this.changed.emit();
    }
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

  private readonly notebooks = new Map<string, NotebookModel>();
}
