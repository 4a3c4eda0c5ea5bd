import { describe, expect, it } from 'vitest';

import { addNotifications } from '../notifications';
import {
  connectedPublisher,
  DEPLOYMENT,
  flushPromises,
  type ITestPublisher,
  job
} from './fixtures';

/** A publish of `sales.ipynb` that has ended while the panel showed `current`, or was hidden. */
async function ended(
  state: 'done' | 'failed' | 'cancelled',
  { panelVisible, current = 'sales.ipynb' }: { panelVisible: boolean; current?: string }
): Promise<ITestPublisher> {
  const made = await connectedPublisher();
  const { publisher, api, host } = made;
  publisher.notices.isPanelVisible = () => panelVisible;
  addNotifications(publisher, () => host.calls.push('show panel'));
  await publisher.current?.publish();
  publisher.setCurrent(current);
  api.polls = [job({ state })];
  publisher.pollNow();
  await flushPromises();
  return made;
}

const toasts = ({ host }: ITestPublisher): string[] =>
  host.calls.filter(each => /^(success|error|removed) /.test(each));

describe('the end of a publish', () => {
  it('is a notification while the panel is hidden, removed when the panel is shown', async () => {
    const made = await ended('done', { panelVisible: false });
    expect(toasts(made)).toEqual(['success “Quarterly sales” is published.']);
    made.publisher.notices.panelShown();
    expect(toasts(made)[1]).toBe('removed “Quarterly sales” is published.');
  });

  it('is no notification over the panel, which shows it itself for another notebook', async () => {
    const made = await ended('done', { panelVisible: true, current: 'other.ipynb' });
    expect(toasts(made)).toEqual([]);
    expect(made.publisher.notices.list).toMatchObject([
      { kind: 'success', message: '“Quarterly sales” is published.', path: 'sales.ipynb' }
    ]);
    made.publisher.notices.list[0].actions?.forEach(each => each.run());
    const { url } = DEPLOYMENT;
    expect(made.host.calls.slice(-2)).toEqual([`open ${url}`, `copy ${url}`]);
    made.publisher.setCurrent('sales.ipynb');
    expect(made.publisher.notices.list).toEqual([]);
  });

  it('of the notebook in the panel is shown by the footer alone', async () => {
    const made = await ended('done', { panelVisible: true });
    expect(toasts(made)).toEqual([]);
    expect(made.publisher.notices.list).toEqual([]);
  });

  it('that failed names the notebook and opens it with its log', async () => {
    const made = await ended('failed', { panelVisible: true, current: 'other.ipynb' });
    const [notice] = made.publisher.notices.list;
    expect(notice.message).toBe('sales.ipynb: Publishing failed.');
    notice.actions?.[0].run();
    await flushPromises();
    expect(made.host.calls.slice(-2)).toEqual(['open sales.ipynb', 'show panel']);
  });

  it('that the author asked for with Cancel is not announced', async () => {
    const made = await ended('cancelled', { panelVisible: false });
    expect(made.publisher.notices.list).toEqual([]);
  });
});

describe('a message that needs nothing done', () => {
  it('goes by itself', async () => {
    const { publisher, host } = await connectedPublisher();
    publisher.notices.show({ kind: 'success', message: 'Wrote manifest.json.' });
    publisher.notices.show({ kind: 'error', message: 'No disk space.' });
    await host.endPauses();
    expect(publisher.notices.list.map(each => each.message)).toEqual(['No disk space.']);
  });
});
