/** Following a publishing job: long polls until it ends, through lost connections. */

import { ApiError, type Job, type RehearsalJob } from '../api';

/** How long one poll may take, seconds. */
const POLL_SECONDS = 15;
/** Pauses between tries while Jupyter does not answer, milliseconds; the last one repeats. */
const RETRY_PAUSES = [500, 1000, 2000, 4000, 8000];

/** Whether Jupyter answers: it does, nothing comes back, or it asks for a sign-in. */
export type Connection = 'up' | 'down' | 'signed-out';

/** A publish or a rehearsal. */
export type AnyJob = Job | RehearsalJob;

/** Reads a job's events from number `first` on. */
export type ReadJob<Kind extends AnyJob> = (
  id: string,
  first: number,
  wait: number,
  signal?: AbortSignal
) => Promise<Kind>;

export interface IJobListener<Kind extends AnyJob = AnyJob> {
  /** The job and the events that are new; `finished` is true in the last call. */
  updated(job: Kind): void;
  /** The connection was lost or is back. */
  connectionChanged(link: Connection): void;
  /** The job cannot be followed any more. */
  failed(error: unknown): void;
}

export interface IJobPolling {
  /** Look at once: the connection came or went, the author is back. */
  pollNow(): void;
  /** Stop following; the job itself goes on. */
  stop(): void;
}

/** Follow the job from event `first` on until it has finished. */
export function pollJob<Kind extends AnyJob>(
  read: ReadJob<Kind>,
  id: string,
  first: number,
  listener: IJobListener<Kind>
): IJobPolling {
  let stopped = false;
  let poll = new AbortController();
  let wake: () => void = () => undefined;

  const pause = (milliseconds: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    let next = first;
    let failures = 0;
    while (!stopped) {
      poll = new AbortController();
      const { signal } = poll;
      try {
        // After a failure the first answer is due at once: it says that the connection is back.
        const job = await read(id, next, failures ? 0 : POLL_SECONDS, signal);
        if (stopped) {
          return;
        }
        if (failures) {
          listener.connectionChanged('up');
        }
        failures = 0;
        next = job.last;
        listener.updated(job);
        if (job.finished) {
          return;
        }
      } catch (error) {
        if (stopped) {
          return;
        }
        if (signal.aborted) {
          continue;
        }
        const connection = connectionAfter(error);
        if (!connection) {
          listener.failed(error);
          return;
        }
        listener.connectionChanged(connection);
        await pause(RETRY_PAUSES[Math.min(failures, RETRY_PAUSES.length - 1)]);
        failures += 1;
      }
    }
  };
  void run();

  const pollNow = (): void => {
    poll.abort();
    wake();
  };
  const stop = (): void => {
    stopped = true;
    pollNow();
  };
  return { pollNow, stop };
}

/** The state of the connection after an error; null when the error is about the job. */
function connectionAfter(error: unknown): Connection | null {
  if (!(error instanceof ApiError)) {
    return null;
  }
  return error.kind === 'signed-out' ? 'signed-out' : error.kind === 'no-answer' ? 'down' : null;
}
