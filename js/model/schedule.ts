/** When the server runs the content again: read when the section is open, set where the server is known to take it. */

import type { ScheduleFields, ScheduleState } from '../api';
import { type IContentOf, SectionModel } from './sectionModel';

export type ScheduleKind = ScheduleFields['kind'];

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

export class ScheduleModel extends SectionModel<ScheduleState> {
  /** What the author chooses; null until something was chosen. */
  chosen: ScheduleFields | null = null;

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
    await this.change(of => this.api.setSchedule(of.server, of.guid, this.fields));
  }

  /** Delete the schedule. */
  async remove(): Promise<void> {
    await this.change(of => this.api.deleteSchedule(of.server, of.guid));
  }

  protected read({ server, guid }: IContentOf): Promise<ScheduleState> {
    return this.api.schedule(server, guid);
  }

  protected override reset(): void {
    super.reset();
    this.chosen = null;
  }

  private async change(ask: (of: IContentOf) => Promise<ScheduleState>): Promise<void> {
    const { state } = this;
    if (state.kind === 'ready' && !this.busy) {
      await this.attempt(async () => {
        const now = await ask(state.of);
        this.chosen = null;
        this.keep(state.of, now);
      });
    }
  }
}
