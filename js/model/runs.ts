/** What the server ran of the content that the panel shows: read when the section is open, and why a run failed. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentRun, IApi, RunReport } from '../api';
import type { IHost } from './host';
import { problemOf } from './problems';
import type { IProblem } from './state';
import { type IContentOf, placeOf } from './versions';

/** Milliseconds from one look at a run to the next, while its section is open. */
const LOOK_PAUSE = 2000;
/** Looks after which a run that was started, but is not listed, is no longer waited for. */
const MOST_LOOKS = 15;
/** Milliseconds in which the server is asked once at most whether the last scheduled run failed. */
const ASK_AGAIN = 10 * 60_000;

export type RunsState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IContentOf }
  | { readonly kind: 'failed'; readonly of: IContentOf; readonly problem: IProblem }
  | {
      readonly kind: 'ready';
      readonly of: IContentOf;
      readonly runs: readonly ContentRun[];
      readonly canRun: boolean;
      readonly logsUrl: string;
    };

/** The log of one run, and why it failed. */
export interface IOpenRun {
  readonly key: string;
  /** Null while it is read. */
  readonly report: RunReport | null;
  readonly problem: IProblem | null;
}

export class RunsModel {
  constructor(
    private readonly api: IApi,
    private readonly host: Pick<IHost, 'pause'>,
    private readonly trans: TranslationBundle,
    private readonly path: () => string,
    private readonly changed: () => void
  ) {}

  state: RunsState = { kind: 'closed' };
  opened: IOpenRun | null = null;
  /** What could not be started or stopped. */
  problem: IProblem | null = null;
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

  /** Read the runs, unless they are of this content and there already; of a newest run that failed show why. */
  async open(of: IContentOf): Promise<void> {
    const now = this.state;
    if (now.kind === 'closed' || now.kind === 'failed' || placeOf(now.of) !== placeOf(of)) {
      this.opened = null;
      this.problem = null;
      this.set({ kind: 'loading', of });
      await this.read(of);
      const newest = this.state.kind === 'ready' ? this.state.runs[0] : undefined;
      if (newest?.outcome === 'failed') {
        await this.show(newest.key);
      }
    }
  }

  /** Read the runs again. */
  async reload(): Promise<void> {
    if (this.state.kind !== 'closed') {
      await this.read(this.state.of);
    }
  }

  close(): void {
    this.opened = null;
    this.set({ kind: 'closed' });
  }

  /** Have the server run the content again, and follow it. */
  async runNow(): Promise<void> {
    const now = this.state;
    if (now.kind === 'ready' && !this.starting) {
      const before = now.runs[0]?.key;
      this.starting = true;
      await this.attempt(() => this.api.runNow(now.of.server, now.of.guid));
      this.starting = this.problem === null;
      this.awaited = before;
      this.looks = 0;
      await this.read(now.of);
    }
  }

  /** End a run. */
  async stop(key: string): Promise<void> {
    const now = this.state;
    if (now.kind === 'ready') {
      await this.attempt(() => this.api.stopRun(now.of.server, now.of.guid, key));
      await this.read(now.of);
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

  private async attempt(ask: () => Promise<unknown>): Promise<void> {
    this.problem = null;
    this.changed();
    try {
      await ask();
    } catch (error) {
      this.problem = problemOf(error, this.trans);
    }
  }

  private async read(of: IContentOf): Promise<void> {
    let next: RunsState;
    try {
      const { runs, can_run: canRun, logs_url: logsUrl } = await this.api.runs(of.server, of.guid);
      next = { kind: 'ready', of, runs, canRun, logsUrl };
      this.starting &&= runs[0]?.key === this.awaited && (this.looks += 1) < MOST_LOOKS;
    } catch (error) {
      next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
      this.starting = false;
    }
    const now = this.state;
    if (now.kind !== 'closed' && placeOf(now.of) === placeOf(of)) {
      this.set(next);
      void this.follow(next);
    }
  }

  /** Look again while something runs and the section is open; at its end show why it failed. */
  private async follow(seen: RunsState): Promise<void> {
    if (seen.kind !== 'ready') {
      return;
    }
    const running = seen.runs.find(each => each.outcome === 'running');
    if (!running && !this.starting) {
      this.ended(seen.runs);
      return;
    }
    this.followed = running?.key ?? this.followed;
    await this.host.pause(LOOK_PAUSE);
    if (this.state === seen) {
      await this.read(seen.of);
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

  private set(state: RunsState): void {
    this.state = state;
    this.changed();
  }

  private asked = { place: '', time: 0 };
  /** The newest run before "Run now". */
  private awaited: string | undefined;
  private looks = 0;
  private followed: string | undefined;
}
