/** Following a publishing job: long polls until it ends, through lost connections. */

import { ApiError, type IApi, type Job } from '../api';

/** How long one poll may take, seconds. */
const WAIT = 15;
/** Pauses between tries while Jupyter does not answer, milliseconds; the last one repeats. */
const PAUSES = [500, 1000, 2000, 4000, 8000];

/** Whether Jupyter answers: it does, nothing comes back, or it asks for a sign-in. */
export type Link = 'up' | 'down' | 'signed-out';

export interface IWatcher {
  /** The job and the events that are new; `finished` is true in the last call. */
  moved(job: Job): void;
  /** The connection was lost or is back. */
  linked(link: Link): void;
  /** The job cannot be followed any more. */
  gone(error: unknown): void;
}

export interface IWatch {
  /** Look at once: the connection came or went, the author is back. */
  look(): void;
  /** Stop following; the job itself goes on. */
  stop(): void;
}

/** Follow the job from event `first` on until it has finished. */
export function watch(api: IApi, id: string, first: number, watcher: IWatcher): IWatch {
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
        const job = await api.readJob(id, next, failures ? 0 : WAIT, signal);
        if (stopped) {
          return;
        }
        if (failures) {
          watcher.linked('up');
        }
        failures = 0;
        next = job.last;
        watcher.moved(job);
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
        const link = linkAfter(error);
        if (!link) {
          watcher.gone(error);
          return;
        }
        watcher.linked(link);
        await pause(PAUSES[Math.min(failures, PAUSES.length - 1)]);
        failures += 1;
      }
    }
  };
  void run();

  const look = (): void => {
    poll.abort();
    wake();
  };
  const stop = (): void => {
    stopped = true;
    look();
  };
  return { look, stop };
}

/** How the connection stands after a failure that says nothing about the job; null when it does say something. */
function linkAfter(error: unknown): Link | null {
  if (!(error instanceof ApiError)) {
    return null;
  }
  return error.kind === 'signed-out' ? 'signed-out' : error.kind === 'no-answer' ? 'down' : null;
}
