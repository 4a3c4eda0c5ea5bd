/** The schedule as the panel shows it. */

import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { ScheduleFields, ScheduleState } from '../api';
import { inspection, type ITestPublisher, NO_SCHEDULE, PUBLICATION } from './fixtures';
import { click, shownPublisher } from './shownPanel';

function shown(scheduled: ScheduleState): Promise<ITestPublisher> {
  return shownPublisher(api => {
    const publication = { ...PUBLICATION, mode: 'jupyter-static' as const };
    const parameters = [{ name: 'region', value: "'north'", where: { cell: 1 } }];
    api.inspection = inspection({ target: 'g1', publications: [publication], parameters });
    api.scheduled = scheduled;
  });
}

function choose(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

describe('the schedule', () => {
  it('is read when its section is opened, and set in plain words', async () => {
    const { api } = await shown(NO_SCHEDULE);
    expect(api.bodiesOf('schedule')).toEqual([]);
    await click('Schedule');
    expect(screen.getByText('The content has no schedule.')).toBeTruthy();
    expect(screen.getByText("region = 'north'")).toBeTruthy();
    choose('Run', 'dayofweek');
    fireEvent.click(screen.getByLabelText('Thursday'));
    choose('Time', '18:30');
    choose('Time zone', 'Europe/Paris');
    fireEvent.click(screen.getByLabelText('Mail the page to collaborators'));
    await click('Set schedule');
    expect(api.bodiesOf<ScheduleFields>('set schedule')).toEqual([
      {
        kind: 'dayofweek',
        parameters: { Days: [1, 4] },
        time: '18:30',
        timezone: 'Europe/Paris',
        email: true,
        publish_output: true
      }
    ]);
  });

  it('is only shown, with the way to the dashboard, where it cannot be set', async () => {
    const reason = 'the server’s routes for schedules are not the known ones';
    await shown({ ...NO_SCHEDULE, writable: false, text: 'RRULE:FREQ=DAILY', reason });
    await click('Schedule');
    expect(screen.queryByRole('button', { name: 'Set schedule' })).toBeNull();
    expect(screen.getByText('RRULE:FREQ=DAILY')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Open dashboard' })).toBeTruthy();
  });
});
