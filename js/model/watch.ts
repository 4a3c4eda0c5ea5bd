/** Following a publishing job: long polls until it ends, through lost connections. */

import { ApiError, type IApi, type Job } from '../api';

/** How long one poll may take, seconds. */
const WAIT = 15;
/** Pauses between tries while Jupyter does not answer, milliseconds; the last one repeats. */
const PAUSES = [500, 1000, 2000, 4000, 8000];

export interface IWatcher {
  /** The job and the events that are new; `finished` is true in the last call. */
  moved(job: Job): void;
  /** The connection was lost or is back. */
  connected(yes: boolean): void;
  /** The job cannot be followed any more. */
  gone(error: unknown): void;
}

/**
 * Follow the job from event `first` on until it has finished.
 *
 * @returns a function that stops following; the job itself goes on.
 */
export function watch(api: IApi, id: string, first: number, watcher: IWatcher): () => void {
  let stopped = false;
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
      try {
        const job = await api.readJob(id, next, WAIT);
        if (stopped) {
          return;
        }
        if (failures) {
          watcher.connected(true);
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
        if (!mayComeBack(error)) {
          watcher.gone(error);
          return;
        }
        watcher.connected(false);
        await pause(PAUSES[Math.min(failures, PAUSES.length - 1)]);
        failures += 1;
      }
    }
  };
  void run();

  return () => {
    stopped = true;
    wake();
  };
}

/** True for failures that say nothing about the job: no answer, a proxy's page, a lost sign-in. */
function mayComeBack(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === 'no-answer' || error.kind === 'signed-out');
}
