/** The schedule as the panel shows it. */

import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';

import type { ScheduleFields, ScheduleState } from '../api';
import { PanelView } from '../components/panelView';
import {
  connectedPublisher,
  flushPromises,
  inspection,
  type ITestPublisher,
  NO_SCHEDULE,
  PUBLICATION
} from './fixtures';

let forget: (() => void)[] = [];
afterEach(() => {
  forget.forEach(each => each());
  forget = [];
  cleanup();
});

async function shown(scheduled: ScheduleState): Promise<ITestPublisher> {
  const made = await connectedPublisher(api => {
    const publication = { ...PUBLICATION, mode: 'jupyter-static' as const };
    const parameters = [{ name: 'region', value: "'north'", where: { cell: 1 } }];
    api.inspection = inspection({ target: 'g1', publications: [publication], parameters });
    api.scheduled = scheduled;
  });
  const view = (): React.JSX.Element => <PanelView publisher={made.publisher} />;
  const { rerender } = render(view());
  const again = (): void => act(() => rerender(view()));
  made.publisher.changed.connect(again);
  forget.push(() => made.publisher.changed.disconnect(again));
  await flushPromises();
  return made;
}

async function click(name: string): Promise<void> {
  fireEvent.click(screen.getByRole('button', { name }));
  await flushPromises();
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
