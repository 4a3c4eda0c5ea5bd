/** Events of a publish -> what a person reads while it runs. Pure. */

import type { JobEvent } from '../api';

/** The steps as a person counts them; each combines one or more steps of the API. */
export type Stage =
  'checking' | 'bundling' | 'installing' | 'running' | 'uploading' | 'deploying' | 'verifying';

export type StageState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

export interface ILine {
  readonly seq: number;
  readonly kind: 'step' | 'log' | 'warning' | 'failure' | 'success';
  /** The line as the server sent it. */
  readonly text: string;
  /** The line as people read it: no time stamp, no colour codes. */
  readonly plain: string;
}

export interface IAmount {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
}

export interface IProgress {
  readonly stages: Readonly<Record<Stage, StageState>>;
  /** Bytes of the running step, when it counts them. */
  readonly amount: IAmount | null;
  /** What is being done, in the server part's words. */
  readonly message: string;
  readonly lines: readonly ILine[];
  /** Lines that were dropped from the front to keep the log small. */
  readonly dropped: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly started: number | null;
  readonly ended: number | null;
  /** The number of the next event to ask for. */
  readonly next: number;
}

export const STAGES: readonly Stage[] = [
  'checking',
  'bundling',
  'uploading',
  'deploying',
  'verifying'
];

/** Those of a rehearsal. */
export const REHEARSAL_STAGES: readonly Stage[] = ['checking', 'bundling', 'installing', 'running'];

const IN_ORDER: readonly Stage[] = [
  'checking',
  'bundling',
  'installing',
  'running',
  'uploading',
  'deploying',
  'verifying'
];

const STAGE_OF: Readonly<Record<JobEvent['step'], Stage>> = {
  inspect: 'checking',
  check: 'checking',
  bundle: 'bundling',
  environment: 'installing',
  run: 'running',
  content: 'uploading',
  upload: 'uploading',
  settings: 'uploading',
  deploy: 'deploying',
  verify: 'verifying',
  done: 'verifying'
};

const MOST_LINES = 20000;

export const NO_PROGRESS: IProgress = {
  stages: {
    checking: 'waiting',
    bundling: 'waiting',
    installing: 'waiting',
    running: 'waiting',
    uploading: 'waiting',
    deploying: 'waiting',
    verifying: 'waiting'
  },
  amount: null,
  message: '',
  lines: [],
  dropped: 0,
  started: null,
  ended: null,
  next: 0
};

/** The progress after `events`; those already seen change nothing. */
export function advance(progress: IProgress, events: readonly JobEvent[]): IProgress {
  const fresh = events.filter(event => event.seq >= progress.next);
  if (!fresh.length) {
    return progress;
  }
  let { amount, message, started, ended, next } = progress;
  let stages = progress.stages;
  const lines = [...progress.lines];
  for (const event of fresh) {
    const at = Date.parse(event.time);
    started = started ?? at;
    next = event.seq + 1;
    stages = stagesAfter(stages, event);
    amount = amountAfter(amount, event);
    if (event.status === 'start' || event.status === 'success') {
      message = event.message || message;
    }
    if (event.status !== 'progress') {
      lines.push(...linesOf(event));
    }
    if (event.status === 'failure' || event.step === 'done') {
      ended = at;
    }
  }
  const excess = Math.max(0, lines.length - MOST_LINES);
  return {
    stages,
    amount,
    message,
    lines: excess ? lines.slice(excess) : lines,
    dropped: progress.dropped + excess,
    started,
    ended,
    next
  };
}

/** How far the whole publish is, 0 to 1: steps, and within the running one its bytes. */
export function fraction(progress: IProgress, stages: readonly Stage[] = STAGES): number {
  let sum = 0;
  for (const stage of stages) {
    if (progress.stages[stage] === 'done') {
      sum += 1;
    } else if (progress.amount?.stage === stage) {
      sum += shareOf(progress.amount);
    }
  }
  return sum / stages.length;
}

/** How much of the amount is done, 0 to 1. */
export function shareOf({ done, total }: IAmount): number {
  return total > 0 ? Math.min(1, done / total) : 0;
}

/**
 * Index of the line that says what went wrong, -1 when none does.
 *
 * @param failing - lines that the server part picked from the log, the last of them the one that says most.
 */
export function failingLine(lines: readonly ILine[], failing: readonly string[] = []): number {
  const last = (fits: (line: ILine) => boolean): number => {
    for (let index = lines.length - 1; index >= 0; index--) {
      if (fits(lines[index])) {
        return index;
      }
    }
    return -1;
  };
  const clearest = [...failing].reverse().find(each => each.trim());
  const at = clearest
    ? last(line => line.kind === 'log' && line.plain.trim() === clearest.trim())
    : -1;
  if (at >= 0) {
    return at;
  }
  const raised = /^\s*[\w.]*(Error|Exception|Interrupt|Exit)\b\s*(:|$)/;
  const error = last(line => line.kind === 'log' && raised.test(line.plain));
  return error >= 0 ? error : last(line => line.kind === 'failure');
}

function stagesAfter(
  stages: IProgress['stages'],
  event: JobEvent
): Readonly<Record<Stage, StageState>> {
  const stage = STAGE_OF[event.step];
  const after: Record<Stage, StageState> = { ...stages };
  const place = IN_ORDER.indexOf(stage);
  if (event.status === 'failure') {
    after[stage] = event.code === 'cancelled' ? 'stopped' : 'failed';
    return after;
  }
  IN_ORDER.forEach((each, index) => {
    if (index < place) {
      after[each] = 'done';
    }
  });
  after[stage] = event.step === 'done' ? 'done' : 'running';
  if (event.step === 'inspect' && event.status === 'start') {
    IN_ORDER.slice(place + 1).forEach(each => (after[each] = 'waiting'));
  }
  return after;
}

function amountAfter(amount: IAmount | null, event: JobEvent): IAmount | null {
  const stage = STAGE_OF[event.step];
  const data = event.data ?? {};
  const done = data.sent ?? data.done;
  if (event.status === 'progress' && typeof done === 'number' && typeof data.total === 'number') {
    return { stage, done, total: data.total };
  }
  return amount && amount.stage === stage && event.status !== 'success' ? amount : null;
}

function linesOf(event: JobEvent): ILine[] {
  const kind = event.status === 'start' || event.status === 'progress' ? 'step' : event.status;
  return event.message
    .split('\n')
    .map(text => ({ seq: event.seq, kind, text, plain: kind === 'log' ? plainText(text) : text }));
}

/** A log line without what Connect and terminals put around it. */
function plainText(text: string): string {
  const escapes =
    // eslint-disable-next-line no-control-regex
    /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
  return text.replace(escapes, '').replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3,} ?/, '');
}
