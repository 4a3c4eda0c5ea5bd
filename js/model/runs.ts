/** What the server ran of the content that the panel shows: read when the section is open, and why a run failed. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentRun, IApi, RunList, RunReport } from '../api';
import type { IHost } from './host';
import { problemOf } from './problems';
import { type IContentOf, type IReady, placeOf, SectionModel } from './sectionModel';
import type { IProblem } from './state';

/** Milliseconds from one look at a run to the next, while its section is open. */
const LOOK_PAUSE = 2000;
/** Looks after which a run that was started, but is not listed, is no longer waited for. */
const MOST_LOOKS = 15;
/** Milliseconds in which the server is asked once at most whether the last scheduled run failed. */
const ASK_AGAIN = 10 * 60_000;

/** The log of one run, and why it failed. */
export interface IOpenRun {
  readonly key: string;
  /** Null while it is read. */
  readonly report: RunReport | null;
  readonly problem: IProblem | null;
}

export class RunsModel extends SectionModel<RunList> {
  constructor(
    api: IApi,
    trans: TranslationBundle,
    changed: () => void,
    private readonly host: Pick<IHost, 'pause'>,
    private readonly path: () => string
  ) {
    super(api, trans, changed);
  }

  opened: IOpenRun | null = null;
  /** True from a click on "Run now" until the run is listed. */
  starting = false;
  /** The run in which the last scheduled run failed, as far as is known. */
  failure: ContentRun | null = null;

  /** Ask whether the last scheduled run failed; then show it. Asked when the panel opens, never on a timer. */
  async look(of: IContentOf): Promise<void> {
    const place = placeOf(of);
    if (place === this.asked.place && Date.now() - this.asked.time < ASK_AGAIN) {
      return;
    }
    this.asked = { place, time: Date.now() };
    try {
      this.failure = (await this.api.scheduledFailure(of.server, of.guid)).run ?? null;
    } catch {
      return; // the section says what is wrong as soon as it is opened
    }
    this.changed();
    if (this.failure && this.state.kind === 'closed') {
      await this.open(of);
    }
  }

  /** Have the server run the content again, and follow it. */
  async runNow(): Promise<void> {
    const { state } = this;
    if (state.kind === 'ready' && !this.starting) {
      const { server, guid } = state.of;
      this.starting = true;
      this.awaited = state.now.runs[0]?.key;
      this.looks = 0;
      this.starting = await this.attempt(() => this.api.runNow(server, guid));
      await this.load(state.of);
    }
  }

  /** End a run. */
  async stop(key: string): Promise<void> {
    const { state } = this;
    if (state.kind === 'ready') {
      await this.attempt(() => this.api.stopRun(state.of.server, state.of.guid, key));
      await this.load(state.of);
    }
  }

  /** Show the log of a run, or put it away. */
  async toggle(key: string): Promise<void> {
    if (this.opened?.key === key) {
      this.opened = null;
      this.changed();
    } else {
      await this.show(key);
    }
  }

  private async show(key: string): Promise<void> {
    const now = this.state;
    if (now.kind !== 'ready') {
      return;
    }
    this.opened = { key, report: null, problem: null };
    this.changed();
    let opened: IOpenRun;
    try {
      const report = await this.api.readRun(now.of.server, now.of.guid, key, this.path());
      opened = { key, report, problem: null };
    } catch (error) {
      opened = { key, report: null, problem: problemOf(error, this.trans) };
    }
    if (this.opened?.key === key) {
      this.opened = opened;
      this.changed();
    }
  }

  protected async read({ server, guid }: IContentOf): Promise<RunList> {
    const list = await this.api.runs(server, guid);
    this.starting &&= list.runs[0]?.key === this.awaited && (this.looks += 1) < MOST_LOOKS;
    return list;
  }

  protected override reset(): void {
    super.reset();
    this.opened = null;
    this.unread = true;
  }

  /** Of a newest run that failed show why, once the section is opened; follow what runs. */
  protected override async load(of: IContentOf): Promise<void> {
    await super.load(of);
    const { state } = this;
    this.starting &&= state.kind !== 'failed';
    if (state.kind === 'ready' && this.isOf(of)) {
      const [newest] = state.now.runs;
      const first = this.unread;
      this.unread = false;
      void this.follow(state);
      if (first && newest?.outcome === 'failed') {
        await this.show(newest.key);
      }
    }
  }

  /** Look again while something runs and the section is open; at its end show why it failed. */
  private async follow(seen: IReady<RunList, IContentOf>): Promise<void> {
    const { runs } = seen.now;
    const running = runs.find(each => each.outcome === 'running');
    if (!running && !this.starting) {
      this.ended(runs);
      return;
    }
    this.followed = running?.key ?? this.followed;
    await this.host.pause(LOOK_PAUSE);
    if (this.state === seen) {
      await this.load(seen.of);
    }
  }

  private ended(runs: readonly ContentRun[]): void {
    if (runs.find(each => each.kind === 'render')?.outcome === 'ok') {
      this.failure = null;
      this.changed();
    }
    const followed = runs.find(each => each.key === this.followed);
    this.followed = undefined;
    if (followed?.outcome === 'failed') {
      void this.show(followed.key);
    }
  }

  private asked = { place: '', time: 0 };
  /** The newest run before "Run now". */
  private awaited: string | undefined;
  private looks = 0;
  /** True until the runs of the content have been read. */
  private unread = true;
  private followed: string | undefined;
}
