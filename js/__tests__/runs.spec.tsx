/** What the server ran, as the panel shows it. */

import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import {
  type FakeApi,
  FAILED_RUN,
  flushPromises,
  inspection,
  type ITestPublisher,
  PUBLICATION,
  run,
  RUNS
} from './fixtures';
import { click, shownPublisher } from './shownPanel';

function shown(
  mode: 'jupyter-static' | 'static' = 'jupyter-static',
  prepare: (api: FakeApi) => void = () => undefined
): Promise<ITestPublisher> {
  return shownPublisher(api => {
    api.inspection = inspection({ target: 'g1', publications: [{ ...PUBLICATION, mode }] });
    prepare(api);
  });
}

describe('the runs', () => {
  it('are read when the section is opened; the newest failure is explained at once', async () => {
    const { api } = await shown();
    expect(api.bodiesOf('runs')).toEqual([]);
    await click('Runs');
    expect(api.bodiesOf('runs')).toEqual([{ server: 'acme', guid: 'g1' }]);
    expect(api.bodiesOf('run')).toEqual([{ key: 'r2', path: 'sales.ipynb' }]);
    const items = screen.getAllByRole('listitem').filter(each => each.dataset.outcome);
    expect(items.map(each => each.dataset.outcome)).toEqual(['failed', 'ok', 'ok']);
    expect(items[0].textContent).toContain('scheduled · 0:08 · version 12');
    expect(items[1].textContent).toContain('readers see it');
    expect(screen.getByRole('button', { name: 'Go to cell' })).toBeTruthy();
  });

  it('are opened by themselves when the last scheduled run failed, in one look', async () => {
    const { api, host, publisher } = await shown('jupyter-static', fake => {
      fake.failedRun = { run: FAILED_RUN.run };
    });
    expect(publisher.lastRunFailed('sales.ipynb')).toBe(true);
    await click('Go to cell');
    expect(host.calls).toContain('go to sales.ipynb 2');
    await publisher.current?.update(true);
    expect(api.bodiesOf('scheduled failure')).toEqual(['g1']);
  });

  it('are neither asked about nor offered where the server runs nothing', async () => {
    const { api } = await shown('static');
    expect(screen.queryByRole('button', { name: 'Runs' })).toBeNull();
    expect(api.bodiesOf('scheduled failure')).toEqual([]);
  });

  it('are started, followed to their end, and end the mark of a failure', async () => {
    const { api, publisher } = await shown('jupyter-static', fake => {
      fake.failedRun = { run: FAILED_RUN.run };
    });
    api.runList = { ...RUNS, runs: [run('r3', { reason: 'request' }), ...RUNS.runs] };
    await click('Run now');
    expect(api.bodiesOf('run now')).toEqual(['g1']);
    expect(publisher.lastRunFailed('sales.ipynb')).toBe(false);
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Run now' });
    expect(button.disabled).toBe(false);
  });

  it('are stopped', async () => {
    const { api, host } = await shown('jupyter-static', fake => {
      fake.runList = { ...RUNS, runs: [run('r3', { outcome: 'running', ended: '' })] };
    });
    host.pause = () => new Promise(() => undefined);
    await click('Runs');
    api.runList = { ...RUNS, runs: [run('r3', { outcome: 'failed' })] };
    fireEvent.click(screen.getByRole('button', { name: /^Stop the run/ }));
    await flushPromises();
    expect(api.bodiesOf('stop run')).toEqual(['r3']);
  });
});
