/** When the server runs the content again: read when the section is open, set where the server is known to take it. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi, ScheduleFields, ScheduleState as ServerSchedule } from '../api';
import { problemOf } from './problems';
import type { IProblem } from './state';
import { type IContentOf, placeOf } from './versions';

export type ScheduleKind = ScheduleFields['kind'];

export type ScheduleSectionState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IContentOf }
  | { readonly kind: 'failed'; readonly of: IContentOf; readonly problem: IProblem }
  | { readonly kind: 'ready'; readonly of: IContentOf; readonly now: ServerSchedule };

/** Parameters of each kind when it is chosen. */
export const PARAMETERS: Readonly<Record<ScheduleKind, ScheduleFields['parameters']>> = {
  minute: { N: 30 },
  hour: { N: 1 },
  day: { N: 1 },
  weekday: {},
  week: { N: 1 },
  dayofweek: { Days: [1] },
  semimonth: { First: true },
  dayofmonth: { N: 1, Day: 1 },
  dayweekofmonth: { N: 1, Day: 1, Week: 0 },
  year: { N: 1 }
};

export class ScheduleModel {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly changed: () => void
  ) {}

  state: ScheduleSectionState = { kind: 'closed' };
  /** What the author chooses; null until something was chosen. */
  chosen: ScheduleFields | null = null;
  problem: IProblem | null = null;
  writing = false;

  async open(of: IContentOf): Promise<void> {
    const now = this.state;
    if (now.kind === 'closed' || now.kind === 'failed' || placeOf(now.of) !== placeOf(of)) {
      this.chosen = null;
      this.problem = null;
      this.set({ kind: 'loading', of });
      let next: ScheduleSectionState;
      try {
        next = { kind: 'ready', of, now: await this.api.schedule(of.server, of.guid) };
      } catch (error) {
        next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
      }
      if (this.state.kind === 'loading' && this.state.of === of) {
        this.set(next);
      }
    }
  }

  close(): void {
    this.set({ kind: 'closed' });
  }

  /** What the form shows. */
  get fields(): ScheduleFields {
    const kept = this.state.kind === 'ready' ? this.state.now.schedule : undefined;
    return (
      this.chosen ??
      kept ?? {
        kind: 'day',
        parameters: PARAMETERS.day,
        time: '07:00',
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        email: false,
        publish_output: true
      }
    );
  }

  choose(part: Partial<ScheduleFields>): void {
    const parameters = part.kind ? { parameters: PARAMETERS[part.kind] } : {};
    this.chosen = { ...this.fields, ...parameters, ...part };
    this.changed();
  }

  chooseParameters(part: ScheduleFields['parameters']): void {
    this.choose({ parameters: { ...this.fields.parameters, ...part } });
  }

  /** Set what the form shows. */
  async write(): Promise<void> {
    await this.ask(of => this.api.setSchedule(of.server, of.guid, this.fields));
  }

  /** Delete the schedule. */
  async remove(): Promise<void> {
    await this.ask(of => this.api.deleteSchedule(of.server, of.guid));
  }

  private async ask(change: (of: IContentOf) => Promise<ServerSchedule>): Promise<void> {
    const { state } = this;
    if (state.kind !== 'ready' || this.writing) {
      return;
    }
    this.writing = true;
    this.problem = null;
    this.changed();
    try {
      const now = await change(state.of);
      this.chosen = null;
      this.state = { ...state, now };
    } catch (error) {
      this.problem = problemOf(error, this.trans);
    }
    this.writing = false;
    this.changed();
  }

  private set(state: ScheduleSectionState): void {
    this.state = state;
    this.changed();
  }
}
