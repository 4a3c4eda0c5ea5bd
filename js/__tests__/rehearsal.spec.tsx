/** Rehearsals and previews as the panel and their tab show them. */

import { fireEvent, render, screen } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { ApiError, type Inspection, type RehearsalJob } from '../api';
import { PreviewView } from '../components/previewView';
import {
  connectedPublisher,
  FakeApi,
  flushPromises,
  inspection,
  type ITestPublisher,
  REHEARSAL,
  rehearsalJob,
  trans
} from './fixtures';
import { click, show } from './shownPanel';

const FAILED = {
  ...REHEARSAL,
  runs: false,
  page: false,
  message: 'The notebook failed in the rehearsal in cell 3.',
  hint: 'Add the package.',
  where: { cell: 2 },
  fix: { action: 'add-requirement', label: 'Add PyYAML', value: ['PyYAML'] }
};

function ended(result: RehearsalJob['result']): RehearsalJob {
  return rehearsalJob({ state: 'done', finished: true, result });
}

async function shown(
  part: Partial<Inspection> = {},
  prepare: (api: FakeApi) => void = () => undefined
): Promise<ITestPublisher> {
  const made = await connectedPublisher(api => {
    api.inspection = inspection(part);
    prepare(api);
  });
  show(made);
  return made;
}

describe('a rehearsal', () => {
  it('runs beside Publish, with its own steps, and is cancelled', async () => {
    const { api, host } = await shown({}, fake => {
      fake.rehearsed = rehearsalJob();
    });
    api.readRehearsal = () => new Promise(() => undefined);
    await click('Rehearse');
    expect(host.calls).toContain('save sales.ipynb');
    expect(api.bodiesOf('rehearse')).toMatchObject([{ path: 'sales.ipynb', fix: false }]);
    expect(screen.getByRole('progressbar', { name: 'Rehearsing' })).toBeTruthy();
    await click('Cancel');
    expect(api.bodiesOf('cancel rehearsal')).toEqual(['r1']);
    expect(api.bodiesOf('publish')).toEqual([]);
  });

  it('that fails shows cell and cause, and each fix rehearses again', async () => {
    const { api, host } = await shown({}, fake => {
      fake.rehearsed = ended(FAILED);
    });
    await click('Rehearse');
    expect(screen.getByRole('alert').textContent).toContain('in cell 3');
    await click('Go to cell');
    expect(host.calls).toContain('go to sales.ipynb 2');
    await click('Add PyYAML and rehearse again');
    expect(api.bodiesOf('rehearse')[1]).toMatchObject({ add_requirements: ['PyYAML'], fix: false });
    await click('Fix all and rehearse again');
    expect(api.bodiesOf('rehearse')[2]).toMatchObject({ fix: true });
  });

  it('that lacks a variable opens its field, and waits for the value', async () => {
    const fix = { action: 'set-variable', label: 'Set value', value: 'REGION' };
    const { api, publisher } = await shown({}, fake => {
      fake.rehearsed = ended({ ...FAILED, fix });
    });
    await click('Rehearse');
    await click('Set value');
    expect(publisher.current?.form.variables.map(each => each.name)).toEqual(['REGION']);
    expect(api.bodiesOf('rehearse').length).toBe(1);
  });

  it('takes the fixes that were applied into the form, and shows the page', async () => {
    const { api, host, publisher } = await shown({}, fake => {
      fake.rehearsed = rehearsalJob();
    });
    api.readRehearsal = () => Promise.resolve(ended({ ...REHEARSAL, applied: [FAILED.fix] }));
    await click('Rehearse');
    await flushPromises();
    expect(publisher.current?.form.add_requirements).toEqual(['PyYAML']);
    await click('Preview');
    expect(host.calls).toContain('preview Preview of sales.ipynb');
    const address = await host.previews[0].load();
    expect(address('dark')).toBe('http://localhost/rehearse/r1/page?dark');
  });

  it('lists packages of other versions, and pins and releases them', async () => {
    const versions = Array.from({ length: 10 }, (_, number) => ({
      severity: 'info' as const,
      code: 'rehearsed-version',
      message: `p${number} 1 here, 2 in the rehearsal.`,
      hint: ''
    }));
    const value = ['Some_pandas==2.3.1', 'numpy==1.26'];
    const fix = { action: 'pin-requirements', label: 'Pin 2 packages', value };
    const differences = [
      { ...versions[0], message: 'Cell 2 printed 1 here and 2 in the rehearsal.' }
    ];
    const { api, publisher } = await shown({}, fake => {
      fake.rehearsed = ended({ ...REHEARSAL, differences, versions, fix });
    });
    publisher.current?.chooseRequirements(['some-pandas', 'lxml'], true);
    await click('Rehearse');
    const listed = screen.getByRole('list', { name: 'Packages that differ' });
    expect(listed.querySelectorAll('li').length).toBe(9);
    expect(listed.textContent).toContain('2 more packages');
    expect(screen.queryByRole('button', { name: 'Fix all and rehearse again' })).toBeNull();
    const released = { action: 'remove-requirement', label: '', value: ['numpy==1.26'] };
    api.rehearsed = ended({ ...FAILED, fix: released });
    await click('Pin 2 packages and rehearse again');
    expect(api.bodiesOf('rehearse')[1]).toMatchObject({ add_requirements: ['lxml', ...value] });
    await click('Remove numpy==1.26 and rehearse again');
    expect(api.bodiesOf('rehearse')[2]).toMatchObject({ add_requirements: ['lxml', value[0]] });
  });

  it('comes before the first publish when the author wishes it', async () => {
    const { api, publisher } = await shown({}, fake => {
      fake.rehearsed = rehearsalJob();
    });
    publisher.setPreferences({ ...publisher.preferences, rehearseFirst: true });
    api.readRehearsal = () => Promise.resolve(ended(REHEARSAL));
    await click('Publish');
    await flushPromises();
    await flushPromises();
    expect(
      api.requests.map(([name]) => name).filter(each => /publish|rehearse/.test(each))
    ).toEqual(['rehearse', 'publish']);
  });

  it('is not offered where the administrator wants none', async () => {
    await shown({ rehearsal: { allowed: false, running: null, last: null } });
    expect(screen.queryByRole('button', { name: 'Rehearse' })).toBeNull();
  });
});

describe('the preview', () => {
  it('of a finished document is made without a rehearsal to wait for, and again on save', async () => {
    const { api, host, publisher } = await shown({ mode: 'static' }, fake => {
      fake.rehearsed = ended(REHEARSAL);
    });
    await click('Preview');
    expect(api.bodiesOf('rehearse')).toEqual([]);
    await host.previews[0].load();
    expect(api.bodiesOf('rehearse')).toMatchObject([{ mode: 'static' }]);
    publisher.saved('sales.ipynb');
    expect(host.calls).toContain(`refresh ${host.previews[0].id}`);
  });

  it('says why there is none when the notebook cannot be read, and looks again', async () => {
    const { api, host, publisher } = await shown({ mode: 'static' }, fake => {
      fake.rehearsed = ended(REHEARSAL);
    });
    await click('Preview');
    const problem = { code: 'notebook-not-json', message: 'sales.ipynb is not JSON.', hint: '' };
    const readable = api.inspection;
    api.inspection = new ApiError('problem', 400, problem);
    await publisher.current!.refresh();
    await expect(host.previews[0].load()).rejects.toMatchObject({ problem });
    expect(api.bodiesOf('rehearse')).toEqual([]);
    api.inspection = readable;
    expect((await host.previews[0].load())('dark')).toBe('http://localhost/rehearse/r1/page?dark');
  });

  it('keeps the page from Jupyter, and shows it as on other screens', async () => {
    const looks: (string | null)[] = [];
    const page = {
      kind: 'ready' as const,
      value: (look: string | null): string => `/page?${String(looks[looks.push(look) - 1])}`
    };
    const { container } = render(
      <PreviewView
        title="Preview of a"
        again={() => undefined}
        compare={null}
        {...{ page, trans }}
      />
    );
    const frame = screen.getByTitle('Preview of a');
    expect(frame.getAttribute('sandbox')).toBe('allow-scripts');
    fireEvent.change(screen.getByLabelText('Width'), { target: { value: 'phone' } });
    expect(frame.className).toContain('jp-mod-phone');
    fireEvent.change(screen.getByLabelText('Appearance'), { target: { value: 'dark' } });
    expect(frame.getAttribute('src')).toBe('/page?dark');
    const options = { resultTypes: ['violations' as const], iframes: false };
    expect((await axe.run(container, options)).violations.map(each => each.id)).toEqual([]);
  });
});
