/** Versions, marks and comparisons as the panel shows them. */

import { fireEvent, render, screen, within } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { CompareView } from '../components/compareView';
import {
  COMPARISON,
  connectedPublisher,
  DEPLOYMENT,
  flushPromises,
  inspection,
  type ITestPublisher,
  job,
  NEVER_PUBLISHED,
  PUBLICATION,
  VERSIONS,
  trans
} from './fixtures';
import { click, show } from './shownPanel';

async function shown(): Promise<ITestPublisher> {
  const made = await connectedPublisher(api => {
    api.inspection = inspection({ target: 'g1', publications: [PUBLICATION] });
    api.published = job({
      state: 'done',
      finished: true,
      result: { ...DEPLOYMENT, bundle_id: '11' }
    });
  });
  show(made);
  return made;
}

describe('the versions', () => {
  it('are read when the section is opened, with what can be done with each', async () => {
    const { api } = await shown();
    expect(api.bodiesOf('versions')).toEqual([]);
    await click('Versions');
    const items = screen.getAllByRole('listitem').filter(each => each.dataset.state);
    expect(items.map(each => each.dataset.state)).toEqual(['draft', 'active', 'earlier']);
    const actions = (item: HTMLElement): (string | null)[] =>
      within(item)
        .getAllByRole('button')
        .map(each => each.textContent);
    expect(actions(items[0])).toContain('Activate');
    expect(actions(items[1])).toEqual(['View', 'Compare', 'Download', 'Log']);
    expect(actions(items[2])).toEqual(['View', 'Compare', 'Restore', 'Download', 'Delete']);
    expect(items[1].textContent).toContain('New figures');
  });

  it('are restored after a question, as seen', async () => {
    const { api, host } = await shown();
    await click('Versions');
    await click('Restore version 11');
    expect(host.calls).toContain('ask Restore version 11?');
    expect(api.bodiesOf('restore')).toEqual([
      { path: 'sales.ipynb', server: 'acme', guid: 'g1', version: '11', seen: '12' }
    ]);
  });

  it('that are drafts are activated', async () => {
    const { api, host } = await shown();
    await click('Versions');
    await click(`Activate version ${VERSIONS.versions[0].id}`);
    expect(host.calls).toContain(`ask Activate version ${VERSIONS.versions[0].id}?`);
    expect(api.bodiesOf('restore')).toHaveLength(1);
  });

  it('stay when the question is answered with no', async () => {
    const { api, host } = await shown();
    host.confirms = false;
    await click('Versions');
    await click('Restore version 11');
    await click('Delete version 11');
    expect([...api.bodiesOf('restore'), ...api.bodiesOf('delete version')]).toEqual([]);
  });

  it('are compared in a tab, downloaded, and show their log', async () => {
    const { api, host } = await shown();
    await click('Versions');
    await click('Compare version 11');
    await click('With the notebook');
    expect(host.comparisons.map(each => each.title)).toEqual(['sales.ipynb: version 11 and now']);
    await host.comparisons[0].load();
    expect(api.bodiesOf('compare')).toEqual([
      { path: 'sales.ipynb', server: 'acme', guid: 'g1', old: '11' }
    ]);
    await click('With version 12');
    expect(host.comparisons[1].title).toBe('sales.ipynb: versions 11 and 12');
    fireEvent.change(screen.getByLabelText('Other version'), { target: { value: '13' } });
    await click('With version 13');
    await host.comparisons[2].load();
    expect(api.bodiesOf<{ old: string; new?: string }>('compare')[1]).toEqual({
      path: 'sales.ipynb',
      server: 'acme',
      guid: 'g1',
      old: '11',
      new: '13'
    });
    await click('Download version 11');
    expect(host.calls).toContain('download from http://localhost/acme/g1/11');
    await click('Log of version 12');
    expect(screen.getByLabelText('Log').textContent).toBe('one\ntwo');
  });

  it('come page by page', async () => {
    const { api } = await shown();
    await click('Versions');
    await click('Show more versions');
    expect(api.bodiesOf<{ page: number }>('versions').map(each => each.page)).toEqual([1, 2]);
  });
});

describe('the mark', () => {
  it.each([
    ['up-to-date', '', 'Published · up to date'],
    ['changed', '', 'Unpublished changes'],
    ['updated', 'ben', 'Updated by ben'],
    ['updated', '', 'Updated by someone else'],
    ['never-published', '', null],
    ['unknown', '', null]
  ] as const)('of %s by “%s” says so', async (state, by, text) => {
    const { api, publisher } = await shown();
    api.changeState = { ...NEVER_PUBLISHED, state, by, guid: 'g1' };
    publisher.saved('sales.ipynb');
    await flushPromises();
    expect(publisher.markOf('sales.ipynb').text).toBe(text);
  });

  it('stays what it was when Jupyter does not answer', async () => {
    const { api, publisher } = await shown();
    api.changeState = { ...NEVER_PUBLISHED, state: 'changed', guid: 'g1' };
    publisher.saved('sales.ipynb');
    await flushPromises();
    const { ApiError } = await import('../api');
    api.changeState = new ApiError('no-answer', 0, { code: 'x', message: '', hint: '' });
    publisher.saved('sales.ipynb');
    await flushPromises();
    expect(publisher.markOf('sales.ipynb').mark).toBe('changed');
  });
});

describe('a comparison', () => {
  const view = (
    <main>
      <CompareView
        trans={trans}
        rendermime={null}
        comparison={{ kind: 'ready', value: COMPARISON }}
        again={() => undefined}
      />
    </main>
  );

  it('marks words, shows pictures, and lists files', () => {
    const { container } = render(view);
    expect(container.querySelector('del')?.textContent).toBe('1');
    expect(container.querySelector('ins')?.textContent).toBe('2');
    expect(screen.getByRole('img').getAttribute('src')).toBe('data:image/png;base64,AAAA');
    expect(screen.getByText('data.csv').parentElement?.textContent).toBe('data.csv added');
    expect(screen.queryByText('import pandas')).toBeNull();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Unchanged cells' }));
    expect(screen.getAllByText('import pandas').length).toBe(2);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Side by side' }));
    expect(screen.getAllByText('import pandas').length).toBe(1);
  });

  it('shows the cells of a long notebook in parts, and says when a source is shortened', () => {
    const cells = Array.from({ length: 210 }, (_, index) => ({
      ...COMPARISON.cells[0],
      change: 'changed' as const,
      new_number: index + 1,
      shortened: index === 0
    }));
    const value = { ...COMPARISON, cells };
    const again = (): void => undefined;
    const props = { trans, rendermime: null, again };
    const { container } = render(<CompareView {...props} comparison={{ kind: 'ready', value }} />);
    const shown = (): number => container.querySelectorAll('li[data-change=changed] > h2').length;
    expect(shown()).toBe(200);
    expect(screen.getAllByText(/too long to be shown/).length).toBe(1);
    fireEvent.click(screen.getByText('Show more cells (10 left)'));
    expect(shown()).toBe(210);
    expect(screen.queryByText(/Show more cells/)).toBeNull();
  });

  it('has nothing for axe to object to', async () => {
    const { container } = render(view);
    const { violations } = await axe.run(container, { rules: { region: { enabled: false } } });
    expect(violations.map(each => each.id)).toEqual([]);
  });
});
