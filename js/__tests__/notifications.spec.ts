import { describe, expect, it } from 'vitest';

import { addNotifications } from '../notifications';
import { job, connectedPublisher, flushPromises } from './fixtures';

describe('the end of a publish', () => {
  it('is a toast when the panel is elsewhere, which goes when the author comes back', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'done' })];
    });
    let isVisible = false;
    addNotifications(made.publisher, { show: () => undefined, isVisible: () => isVisible });
    await made.publisher.current?.publish();
    await flushPromises();
    expect(made.host.calls).toContain('success “Quarterly sales” is published.');
    made.publisher.setCurrent('other.ipynb');
    isVisible = true;
    expect(made.host.calls.join()).not.toContain('took away');
    made.publisher.setCurrent('sales.ipynb');
    expect(made.host.calls).toContain('took away “Quarterly sales” is published.');
  });

  it('that the author asked for with Cancel is not announced', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'cancelled' })];
    });
    addNotifications(made.publisher, { show: () => undefined, isVisible: () => false });
    await made.publisher.current?.publish();
    await flushPromises();
    expect(made.host.calls).toEqual(['save sales.ipynb']);
  });
});
