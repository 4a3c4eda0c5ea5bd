import { describe, expect, it } from 'vitest';

import { announce } from '../announce';
import { job, ready, settled } from './canned';

describe('the end of a publish', () => {
  it('is a toast when the panel is elsewhere, which goes when the author comes back', async () => {
    const made = await ready(api => {
      api.polls = [job({ state: 'done' })];
    });
    let inSight = false;
    announce(made.publisher, { show: () => undefined, inSight: () => inSight });
    await made.publisher.current?.publish();
    await settled();
    expect(made.desk.done).toContain('success “Quarterly sales” is published.');
    made.publisher.setCurrent('other.ipynb');
    inSight = true;
    expect(made.desk.done.join()).not.toContain('took away');
    made.publisher.setCurrent('sales.ipynb');
    expect(made.desk.done).toContain('took away “Quarterly sales” is published.');
  });

  it('that the author asked for with Cancel is not announced', async () => {
    const made = await ready(api => {
      api.polls = [job({ state: 'cancelled' })];
    });
    announce(made.publisher, { show: () => undefined, inSight: () => false });
    await made.publisher.current?.publish();
    await settled();
    expect(made.desk.done).toEqual(['save sales.ipynb']);
  });
});
