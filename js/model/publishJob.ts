/** One notebook's publish: started, followed, attached to again, stopped, and how it ended. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ApiError, type IApi, type Job, type NotebookRequest } from '../api';
import { problemOf } from './problems';
import { advance, NO_PROGRESS } from './progress';
import type { Activity } from './state';
import { type IJobPolling, type Connection, pollJob } from './jobPolling';

export class PublishJob {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle
  ) {}

  activity: Activity = { kind: 'idle' };

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab polling has ended. */
  readonly ended = new Signal<this, Job | null>(this);

  get busy(): boolean {
    return this.activity.kind === 'saving' || this.activity.kind === 'publishing';
  }

  /** Save by `save`, then publish; a publish that runs already is followed instead. */
  async start(save: () => Promise<void>, body: NotebookRequest): Promise<void> {
    await this.begin(async () => {
      await save();
      return this.api.publish(body);
    });
  }

  /** Start a job and follow it. */
  async begin(start: () => Promise<Job>): Promise<void> {
    this.setActivity({ kind: 'saving' });
    try {
      this.follow(await start());
    } catch (error) {
      await this.startFailed(error);
    }
  }

  /** Follow the job with this id, a running one live; of a finished one show how it ended. */
  async attach(id: string | null): Promise<void> {
    if (!id || this.busy || ('job' in this.activity && this.activity.job === id)) {
      return;
    }
    try {
      const job = await this.api.readJob(id, 0, 0);
      if (!this.busy) {
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
    if (now.kind !== 'publishing') {
      return;
    }
    this.setActivity({ ...now, stopping: true });
    try {
      await this.api.cancelJob(now.job);
    } catch (error) {
      if (this.activity.kind === 'publishing') {
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

  private follow(job: Job): void {
    this.polling?.stop();
    this.progress = NO_PROGRESS;
    this.updated(job, job.finished);
    if (!job.finished) {
      this.polling = pollJob(this.api, job.id, this.progress.next, {
        updated: each => this.updated(each, false),
        connectionChanged: connection => this.connectionChanged(connection),
        failed: error => this.lost(error)
      });
    }
  }

  private updated(job: Job, silent: boolean): void {
    this.progress = advance(this.progress, job.events);
    const { progress } = this;
    if (job.finished) {
      this.setActivity(this.outcome(job));
      if (!silent) {
        this.ended.emit(job);
      }
      return;
    }
    const { id, server, stopping } = job;
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

  private outcome(job: Job): Activity {
    const { progress } = this;
    if (job.state === 'done' && job.result) {
      return { kind: 'done', job: job.id, deployment: job.result, progress };
    }
    const cancelled = job.state === 'cancelled';
    const message = this.trans.__('Publishing failed.');
    const problem = job.error ?? { code: 'failed', message, hint: '' };
    return { kind: 'failed', job: job.id, problem, progress, cancelled };
  }

  private connectionChanged(connection: Connection): void {
    if (this.activity.kind === 'publishing' && this.activity.connection !== connection) {
      this.setActivity({ ...this.activity, connection });
    }
  }

  /** The job cannot be followed any more, for example because Jupyter restarted. */
  private lost(error: unknown): void {
    const forgotten = error instanceof ApiError && error.status === 404;
    const problem = forgotten
      ? {
          code: 'job-forgotten',
          message: this.trans.__('Jupyter restarted while publishing.'),
          hint: this.trans.__('The publish may not have finished: publish again.')
        }
      : problemOf(error, this.trans);
    const job = 'job' in this.activity ? this.activity.job : null;
    this.setActivity({ kind: 'failed', job, problem, progress: this.progress, cancelled: false });
    this.ended.emit(null);
  }

  private async startFailed(error: unknown): Promise<void> {
    const running = error instanceof ApiError ? error.problem.data?.id : undefined;
    if (error instanceof ApiError && error.problem.code === 'job-running' && running) {
      this.setActivity({ kind: 'idle' });
      await this.attach(String(running));
      return;
    }
    const problem = problemOf(error, this.trans);
    this.setActivity({ kind: 'failed', job: null, problem, progress: null, cancelled: false });
  }

  private setActivity(activity: Activity): void {
    this.activity = activity;
    this.changed.emit();
  }

  private progress = NO_PROGRESS;
  private polling: IJobPolling | null = null;
}
