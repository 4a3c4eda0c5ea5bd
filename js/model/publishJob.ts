/** One notebook's publish or rehearsal: started, followed, attached to again, stopped, and how it ended. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ApiError, type IApi, type Job, type NotebookRequest, type RehearsalJob } from '../api';
import { problemOf } from './problems';
import { advance, NO_PROGRESS } from './progress';
import type { Activity } from './state';
import { type AnyJob, type IJobPolling, type Connection, pollJob } from './jobPolling';

type Kind = 'publish' | 'rehearsal';

export class PublishJob {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle
  ) {}

  activity: Activity = { kind: 'idle' };

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab polling has ended. */
  readonly ended = new Signal<this, Job | null>(this);
  /** Emitted once when a rehearsal that this tab polling has ended. */
  readonly rehearsed = new Signal<this, RehearsalJob | null>(this);

  get busy(): boolean {
    return isBusy(this.activity);
  }

  /** Save by `save`, then publish; a publish that runs already is followed instead. */
  async start(save: () => Promise<void>, body: NotebookRequest): Promise<void> {
    await this.begin(async () => {
      await save();
      return this.api.publish(body);
    });
  }

  /** Start a job and follow it. */
  async begin(start: () => Promise<AnyJob>, kind: Kind = 'publish'): Promise<void> {
    this.kind = kind;
    this.setActivity({ kind: 'saving' });
    try {
      this.follow(await start());
    } catch (error) {
      await this.startFailed(error);
    }
  }

  /** Follow the job with this id, a running one live; of a finished one show how it ended. */
  async attach(id: string | null, kind: Kind = 'publish'): Promise<void> {
    if (!id || this.busy || ('job' in this.activity && this.activity.job === id)) {
      return;
    }
    try {
      const job = await this.read(kind)(id, 0, 0);
      if (!this.busy) {
        this.kind = kind;
        this.follow(job);
      }
    } catch {
      // Of a job that the server no longer knows the publications show the result.
    }
  }

  /**
   * Ask the running job to stop.
   *
   * @throws ApiError when it could not be asked.
   */
  async cancel(): Promise<void> {
    const now = this.activity;
    if (now.kind !== 'publishing' && now.kind !== 'rehearsing') {
      return;
    }
    this.setActivity({ ...now, stopping: true });
    try {
      await (now.kind === 'publishing'
        ? this.api.cancelJob(now.job)
        : this.api.cancelRehearsal(now.job));
    } catch (error) {
      if (this.activity.kind === 'publishing' || this.activity.kind === 'rehearsing') {
        this.setActivity({ ...this.activity, stopping: false });
      }
      throw error;
    }
  }

  /** Put the result away. */
  dismiss(): void {
    if (!this.busy) {
      this.setActivity({ kind: 'idle' });
    }
  }

  /** Poll at once instead of waiting for the current answer. */
  pollNow(): void {
    this.polling?.pollNow();
  }

  dispose(): void {
    this.polling?.stop();
    Signal.clearData(this);
  }

  private read(kind: Kind): (...asked: Parameters<IApi['readJob']>) => Promise<AnyJob> {
    const { api } = this;
    return (...asked) => (kind === 'publish' ? api.readJob(...asked) : api.readRehearsal(...asked));
  }

  private follow(job: AnyJob): void {
    this.polling?.stop();
    this.progress = NO_PROGRESS;
    this.updated(job, job.finished);
    if (!job.finished) {
      this.polling = pollJob(this.read(this.kind), job.id, this.progress.next, {
        updated: each => this.updated(each, false),
        connectionChanged: connection => this.connectionChanged(connection),
        failed: error => this.lost(error)
      });
    }
  }

  private updated(job: AnyJob, silent: boolean): void {
    this.progress = advance(this.progress, job.events);
    const { progress } = this;
    if (job.finished) {
      this.setActivity(this.outcome(job));
      if (!silent) {
        this.emitEnded(job);
      }
      return;
    }
    const { id, server, stopping } = job;
    if (this.kind === 'rehearsal') {
      this.setActivity({ kind: 'rehearsing', job: id, progress, stopping, connection: 'up' });
      return;
    }
    const title = job.title ?? '';
    this.setActivity({
      kind: 'publishing',
      job: id,
      server,
      title,
      progress,
      stopping,
      connection: 'up'
    });
  }

  private emitEnded(job: AnyJob | null): void {
    if (this.kind === 'publish') {
      this.ended.emit(job as Job | null);
    } else {
      this.rehearsed.emit(job as RehearsalJob | null);
    }
  }

  private outcome(job: AnyJob): Activity {
    const { progress } = this;
    if (job.state === 'done' && job.result && 'runs' in job.result) {
      return { kind: 'rehearsed', job: job.id, rehearsal: job.result, progress };
    }
    if (job.state === 'done' && job.result && 'guid' in job.result) {
      return { kind: 'done', job: job.id, deployment: job.result, progress };
    }
    const cancelled = job.state === 'cancelled';
    const rehearsal = this.kind === 'rehearsal';
    const message = rehearsal
      ? this.trans.__('The rehearsal failed.')
      : this.trans.__('Publishing failed.');
    const problem = job.error ?? { code: 'failed', message, hint: '' };
    return { kind: 'failed', job: job.id, problem, progress, cancelled, rehearsal };
  }

  private connectionChanged(connection: Connection): void {
    const now = this.activity;
    if ((now.kind === 'publishing' || now.kind === 'rehearsing') && now.connection !== connection) {
      this.setActivity({ ...now, connection });
    }
  }

  /** The job cannot be followed any more, for example because Jupyter restarted. */
  private lost(error: unknown): void {
    const forgotten = error instanceof ApiError && error.status === 404;
    const rehearsal = this.kind === 'rehearsal';
    const problem = forgotten
      ? {
          code: 'job-forgotten',
          message: rehearsal
            ? this.trans.__('Jupyter restarted during the rehearsal.')
            : this.trans.__('Jupyter restarted while publishing.'),
          hint: rehearsal
            ? this.trans.__('Rehearse again.')
            : this.trans.__('The publish may not have finished: publish again.')
        }
      : problemOf(error, this.trans);
    const job = 'job' in this.activity ? this.activity.job : null;
    const { progress } = this;
    this.setActivity({ kind: 'failed', job, problem, progress, cancelled: false, rehearsal });
    this.emitEnded(null);
  }

  private async startFailed(error: unknown): Promise<void> {
    const running = error instanceof ApiError ? error.problem.data?.id : undefined;
    if (error instanceof ApiError && error.problem.code === 'job-running' && running) {
      this.setActivity({ kind: 'idle' });
      await this.attach(String(running), this.kind);
      return;
    }
    const problem = problemOf(error, this.trans);
    const rehearsal = this.kind === 'rehearsal';
    const none = { job: null, progress: null, cancelled: false };
    this.setActivity({ kind: 'failed', problem, rehearsal, ...none });
  }

  private setActivity(activity: Activity): void {
    this.activity = activity;
    this.changed.emit();
  }

  private kind: Kind = 'publish';
  private progress = NO_PROGRESS;
  private polling: IJobPolling | null = null;
}

/** True while something is saved, published or rehearsed. */
export function isBusy({ kind }: Activity): boolean {
  return kind === 'saving' || kind === 'publishing' || kind === 'rehearsing';
}
