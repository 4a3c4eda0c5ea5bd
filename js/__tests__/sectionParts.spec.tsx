/** What the sections about content show of each answer of the server, and what their buttons ask. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import type { ContentReaders, ContentRun, ContentVersion, ScheduleFields } from '../api';
import { ChecksSection } from '../components/checksSection';
import { CompareView } from '../components/compareView';
import { FormView } from '../components/formView';
import { HideCodeSection } from '../components/hideCodeSection';
import { OutputsView } from '../components/outputsView';
import { PreviewView } from '../components/previewView';
import { ProgressView } from '../components/progressView';
import { ReadersSection } from '../components/readersSection';
import { RehearsedView } from '../components/rehearsedView';
import { RunsSection } from '../components/runsSection';
import { ScheduleSection } from '../components/scheduleSection';
import { VariablesSection } from '../components/variablesSection';
import { VersionsSection } from '../components/versionsSection';
import type { INotebookProps } from '../components/controls';
import { advance, NO_PROGRESS } from '../model/progress';
import {
  COMPARISON,
  connectedPublisher,
  events,
  FAILED_RUN,
  type FakeApi,
  flushPromises,
  inspection,
  type ITestPublisher,
  NO_SCHEDULE,
  PUBLICATION,
  READERS,
  refusal,
  REHEARSAL,
  run,
  RUNS,
  trans,
  version,
  VERSIONS
} from './fixtures';
import { actions, click, show } from './shownPanel';

type Part = (props: INotebookProps) => React.JSX.Element | null;

interface IShown extends ITestPublisher {
  readonly notebook: NonNullable<ITestPublisher['publisher']['current']>;
  readonly container: HTMLElement;
}

/** A part of the panel for a notebook that was published; the section that it is is opened. */
async function shown(
  Part: Part,
  prepare: (api: FakeApi) => void = () => undefined,
  title?: string
): Promise<IShown> {
  const made = await connectedPublisher(api => {
    const publication = { ...PUBLICATION, mode: 'jupyter-static' as const };
    api.inspection = inspection({ target: 'g1', publications: [publication] });
    prepare(api);
  });
  const notebook = made.publisher.open('sales.ipynb');
  const container = show(made, () => <Part publisher={made.publisher} notebook={notebook} />);
  if (title) {
    await click(title);
  }
  return { ...made, notebook, container };
}

function field(label: string | RegExp): HTMLElement {
  return screen.getByLabelText(label, { selector: 'input, select, textarea' });
}

function type(label: string | RegExp, value: string): void {
  fireEvent.change(field(label), { target: { value } });
}

describe('the title', () => {
  it('is typed, renames, and is published with Enter', async () => {
    const { api, notebook, container } = await shown(FormView);
    type('Title', 'Better');
    expect(container.textContent).toContain('Renames “Sales”.');
    fireEvent.keyDown(field('Title'), { key: 'Enter' });
    await flushPromises();
    expect(api.bodiesOf('publish')).toMatchObject([{ title: 'Better' }]);
    notebook.choose({ title: 'Better' });
    await click('Publish as new content');
    expect(notebook.form.target).toEqual({ kind: 'new' });
    fireEvent.submit(container.querySelector('form') as HTMLFormElement);
  });
});

describe('hidden code', () => {
  it.each([
    ['Show all code', 'none', 'none'],
    ['Show code on request', 'folded', 'on request'],
    ['Hide all code', 'all', 'all'],
    ['Hide code of tagged cells', 'tagged', '0 tagged cells']
  ])('is chosen: %s', async (label, way, text) => {
    const { notebook, container } = await shown(HideCodeSection, undefined, 'Hide code');
    notebook.choose({ hide_input: way === 'none' ? 'all' : 'none' });
    fireEvent.click(field(label));
    expect(notebook.form.hide_input).toBe(way);
    expect(container.querySelector('.jp-rsc-section-summary')?.textContent).toBe(text);
  });
});

describe('a check', () => {
  it('opens its file, and takes its fix', async () => {
    const { host, notebook } = await shown(ChecksSection, api => {
      const fix = { action: 'add-file', label: 'Add', value: 'b.csv' };
      const where = { file: 'b.csv' };
      const finding = {
        severity: 'warning' as const,
        code: 'w',
        message: 'B.',
        hint: 'C.',
        where,
        fix
      };
      api.inspection = inspection({ findings: [finding] });
    });
    await click('Open file');
    expect(host.calls.at(-1)).toBe('go to sales.ipynb b.csv');
    await click('Add');
    expect(notebook.form.files).toEqual(['b.csv']);
  });
});

describe('a version', () => {
  const source = { repository: 'https://git/x', branch: 'main', commit: '0123456789ab-dirty' };

  it.each<[string, Partial<ContentVersion>, string[]]>([
    ['active', { state: 'active' }, ['Active']],
    ['a draft', { state: 'draft' }, ['Draft']],
    ['of a failed run', { run: 'failed' }, ['run failed']],
    ['of a run that goes on', { run: 'running' }, ['running']],
    ['without author and size', { created_by: '', size: undefined }, ['Version 1']],
    ['of a commit', { source }, ['Commit main 01234567-dirty']],
    [
      'of a commit with a page',
      { source: { ...source, commit: '0123456789ab', branch: '' }, commit_url: 'https://git/c' },
      ['Commit 01234567']
    ]
  ] as never)('%s says so', async (_, part, texts) => {
    const { container } = await shown(
      VersionsSection,
      api => (api.listed = { ...VERSIONS, versions: [version('1', part)] }),
      'Versions'
    );
    for (const text of texts) {
      expect(container.textContent).toContain(text);
    }
  });

  it('is viewed, and deleted after a question; the list stays when it cannot be', async () => {
    const { api, host, container } = await shown(VersionsSection, undefined, 'Versions');
    await click('View version 12');
    expect(host.calls.at(-1)).toBe('open https://connect.acme.com/content/g1/_bundle12/');
    host.confirms = false;
    await click('Delete version 11');
    expect(api.bodiesOf('delete version')).toEqual([]);
    host.confirms = true;
    api.failures['delete version'] = refusal(409, { message: 'It is in use.', hint: 'Wait.' });
    await click('Delete version 11');
    expect(screen.getByRole('alert').textContent).toBe('It is in use. Wait.');
    api.failures = {};
    await click('Delete version 11');
    expect(container.textContent).not.toContain('Version 11');
  });

  it('may be the only one, or none', async () => {
    const { container } = await shown(
      VersionsSection,
      api => (api.listed = { ...VERSIONS, versions: [], more: false }),
      'Versions'
    );
    expect(container.textContent).toContain('There are no versions.');
  });
});

describe('a run', () => {
  it.each<[string, Partial<ContentRun>, string[]]>([
    ['of packages', { kind: 'environment' }, ['Packages']],
    ['of an app', { kind: 'app', seconds: undefined }, ['App']],
    ['of something else', { kind: 'other', version: '' }, ['Other']],
    ['that goes on', { outcome: 'running' }, ['Running', 'Stop']],
    ['that was skipped', { outcome: 'skipped', note: 'No change.' }, ['Skipped', 'No change.']],
    ['that ended somehow', { outcome: 'unknown' }, ['Ended']]
  ])('%s says so', async (_, part, texts) => {
    const { container } = await shown(
      RunsSection,
      api => (api.runList = { ...RUNS, runs: [run('r1', part)] }),
      'Runs'
    );
    for (const text of texts) {
      expect(container.textContent).toContain(text);
    }
  });

  it.each([
    ['add-file', 'Add it', 'Add it and publish', 1],
    ['set-variable', 'Set', 'Set value', 0]
  ])('that failed offers its fix: %s', async (action, label, name, publishes) => {
    const { api, container } = await shown(
      RunsSection,
      each => {
        const data = { fix: { action, label, value: 'x.csv' } };
        each.report = {
          ...FAILED_RUN,
          failure: { ...(FAILED_RUN.failure as object), data } as never
        };
      },
      'Runs'
    );
    expect(container.textContent).toContain('Fix it.');
    await click(name);
    expect(api.bodiesOf('publish').length).toBe(publishes);
  });

  it('has a log, an empty one, or says why it could not be read', async () => {
    const { api, container } = await shown(
      RunsSection,
      each => {
        each.runList = { ...RUNS, can_run: false, runs: [run('r1')] };
        each.report = { ...FAILED_RUN, lines: [], failure: undefined };
      },
      'Runs'
    );
    const log = actions().find(each => each.startsWith('Log of the run')) as string;
    await click(log);
    expect(container.textContent).toContain('The log is empty.');
    await click(log);
    api.failures.run = refusal(404, { message: 'No log.' });
    await click(log);
    expect(container.textContent).toContain('No log.');
    expect(actions()).not.toContain('Run now');
  });

  it('is none where the server lists none', async () => {
    const { container } = await shown(
      RunsSection,
      api => (api.runList = { ...RUNS, runs: [] }),
      'Runs'
    );
    expect(container.textContent).toContain('The server lists no runs.');
  });
});

describe('a schedule', () => {
  it.each<[ScheduleFields['kind'], (() => void) | null, ScheduleFields['parameters'], string]>([
    ['minute', () => type('Every', '15'), { N: 15 }, 'minutes'],
    ['hour', null, { N: 1 }, 'hour'],
    ['day', () => type('Every', '2'), { N: 2 }, 'days'],
    ['weekday', null, {}, ''],
    ['week', null, { N: 1 }, 'week'],
    ['dayofweek', () => fireEvent.click(field('Monday')), { Days: [] }, 'Friday'],
    ['semimonth', () => type('Days', '0'), { First: false }, '1st and 15th'],
    ['dayofmonth', () => type('Day of the month', '9'), { N: 1, Day: 9 }, 'month'],
    [
      'dayweekofmonth',
      () => {
        type('Week', '5');
        type('Day', '2');
      },
      { N: 1, Day: 2, Week: 5 },
      'month'
    ],
    ['year', null, { N: 1 }, 'year']
  ])('by %s takes its parameters', async (kind, choose, parameters, text) => {
    const { api, container } = await shown(ScheduleSection, undefined, 'Schedule');
    type('Run', kind);
    choose?.();
    expect(container.textContent).toContain(text);
    fireEvent.click(field('Readers see the output'));
    await click('Set schedule');
    expect(api.bodiesOf('set schedule')).toMatchObject([
      { kind, parameters, publish_output: false }
    ]);
  });

  it('that is set says when it runs next, and is deleted', async () => {
    const { api, container } = await shown(
      ScheduleSection,
      each => {
        const next_run = '2026-11-24T07:00:00Z';
        each.scheduled = { ...NO_SCHEDULE, text: 'Every day', next_run };
      },
      'Schedule'
    );
    expect(container.textContent).toMatch(/Every day\s*Next run: /);
    await click('Delete schedule');
    expect(api.bodiesOf('delete schedule')).toEqual(['g1']);
    expect(container.textContent).toContain('The content has no schedule.');
  });
});

describe('variables', () => {
  it('are added, changed, deleted and dropped', async () => {
    const { notebook, container } = await shown(
      VariablesSection,
      api => (api.variableNames = ['OLD']),
      'Environment variables'
    );
    await click('Add variable');
    type('Variable name', 'A=B');
    expect(notebook.form.variables[0].name).toBe('AB');
    type('Value of AB', 'secret');
    expect(notebook.form.variables[0].value).toBe('secret');
    expect(container.textContent).toContain('1 set');
    fireEvent.click(field('Delete from the content'));
    expect(notebook.form.variables[0]).toMatchObject({ remove: true, value: '' });
    await click('Do not set AB');
    expect(notebook.form.variables).toEqual([]);
    await click('Set the value of OLD');
    expect(notebook.form.variables).toMatchObject([{ name: 'OLD' }]);
    fireEvent.paste(field('Variable name'), { clipboardData: { getData: () => 'no lines' } });
    expect(notebook.form.variables.length).toBe(1);
  });

  it('say why they were not set, and go to their cell', async () => {
    const { api, host, container } = await shown(
      VariablesSection,
      each => {
        const variables = [{ name: 'KEY', optional: false, where: { cell: 4 } }];
        each.inspection = inspection({ ...(each.inspection as object), variables });
      },
      'Environment variables'
    );
    await click('Go to the cell that reads KEY');
    expect(host.calls).toContain('go to sales.ipynb 4');
    await click('Set the value of KEY');
    type('Value of KEY', 'x');
    api.failures['change variables'] = refusal(403, { message: 'Not yours.', hint: 'Ask.' });
    await click('Set now');
    expect(screen.getByRole('alert').textContent).toBe('Not yours. Ask.');
    expect(container.textContent).toContain('To be changed');
  });
});

describe('readers', () => {
  const open = (
    part: Partial<ContentReaders> = {},
    more?: (api: FakeApi) => void
  ): Promise<IShown> =>
    shown(
      ReadersSection,
      api => {
        api.contentReaders = { ...READERS, ...part };
        more?.(api);
      },
      'Readers'
    );

  it('have a role, lose it, and keep it', async () => {
    const { notebook, container } = await open();
    type('What Ben Bell may do', 'owner');
    expect(notebook.form.collaborators).toEqual(['user:ben']);
    await click('Take the permission of Ben Bell away');
    expect(container.textContent).toContain('Permission removed: Ben Bell');
    await click('Keep the permission of Ben Bell');
    expect(notebook.form.collaborators).toBeUndefined();
    fireEvent.click(field('Everyone, no sign-in'));
    expect(notebook.form.access).toBe('all');
    fireEvent.click(field('Only chosen people and groups'));
    expect(notebook.form.access).toBeUndefined();
    fireEvent.click(field('Everyone signed in'));
    await click('Undo the changes of readers');
    expect(notebook.form.access).toBeUndefined();
  });

  it('are described', async () => {
    const { notebook } = await open();
    type('Description', 'Weekly.');
    expect(notebook.form.description).toBe('Weekly.');
    type('Description', 'Monthly.');
    expect(notebook.form.description).toBeUndefined();
  });

  it('see a picture: as it is, none, or a file', async () => {
    const { notebook, container } = await open({ thumbnail: true }, api => {
      api.inspection = inspection({
        ...(api.inspection as object),
        files: [{ path: 'logo.png', size: 1, included: true, reason: '' }]
      });
    });
    type('Thumbnail', 'none');
    expect(notebook.form.thumbnail).toBe('none');
    type('Thumbnail', 'file');
    expect(container.querySelector('datalist option')?.getAttribute('value')).toBe('logo.png');
    type('Image file', 'logo.png');
    expect(notebook.form.thumbnail).toBe('logo.png');
    type('Image file', '');
    type('Thumbnail', '');
    expect(notebook.form.thumbnail).toBeUndefined();
  });

  it.each([
    ['none', { figures: [] }],
    ['a failure', refusal(422, {})]
  ])('may choose no figure where there is %s', async (_, figureList) => {
    const { container } = await open({}, api => (api.figureList = figureList as never));
    type('Thumbnail', 'first-figure');
    await React.act(flushPromises);
    expect(container.textContent).toContain('has no figures that can be shown');
  });

  it('may be unknown, and their address be fixed', async () => {
    const { container } = await open({
      readers: null,
      may_set_vanity: false,
      vanity: '/team/',
      tags: []
    });
    expect(container.textContent).toContain('You may not see who is permitted.');
    expect(container.textContent).toContain('/team/On this server only administrators');
  });

  it('are found, page by page', async () => {
    vi.useFakeTimers();
    const { api, container } = await open({}, each => {
      each.peoplePage = {
        people: [{ kind: 'group', guid: 'u', name: 'All', full_name: '' }],
        more: true
      };
    });
    const box = field('Add people or groups');
    fireEvent.click(box);
    await React.act(() => vi.advanceTimersByTimeAsync(1));
    expect(container.querySelector('[role=option]')?.textContent).toBe('Allgroup');
    fireEvent.keyDown(box, { key: 'ArrowUp' });
    fireEvent.keyDown(box, { key: 'Enter' });
    await flushPromises();
    expect(api.bodiesOf<{ page: number }>('people').map(each => each.page)).toEqual([1, 2]);
    type('Add people or groups', 'zz');
    api.peoplePage = { people: [], more: false };
    await React.act(() => vi.advanceTimersByTimeAsync(400));
    expect(container.textContent).toContain('Nobody has a name that begins so.');
    type('Add people or groups', 'zzz');
    api.peoplePage = refusal(502, { message: 'Away.' });
    await React.act(() => vi.advanceTimersByTimeAsync(400));
    expect(container.textContent).toContain('Away.');
    fireEvent.keyDown(box, { key: 'Escape' });
    fireEvent.keyDown(box, { key: 'Escape' });
    fireEvent.keyDown(box, { key: 'ArrowDown' });
    expect(box.getAttribute('aria-expanded')).toBe('true');
    vi.useRealTimers();
  });
});

describe('outputs', () => {
  const data = (type: string, value: unknown): object => ({
    output_type: 'display_data',
    data: { [type]: value }
  });
  const shownAs = (
    output: object,
    as: 'rendered' | 'text',
    rendermime: IRenderMimeRegistry | null = null
  ): HTMLElement => {
    const outputs = [output] as never;
    const made = { publisher: { changed: { connect: () => true, disconnect: () => true } } };
    return show(made as never, () => <OutputsView {...{ outputs, as, rendermime, trans }} />);
  };

  it.each<[string, object, string]>([
    ['a picture', data('image/png', ['AA\n', 'BB']), 'data:image/png;base64,AABB'],
    ['a drawing', data('image/svg+xml', '<svg/>'), 'data:image/svg+xml;utf8,%3Csvg%2F%3E']
  ])('that are %s are shown', (_, output, source) => {
    expect(shownAs(output, 'rendered').querySelector('img')?.src).toBe(source);
  });

  it.each<[string, object, string]>([
    ['a stream', { output_type: 'stream', text: ['a', 'b'] }, 'ab'],
    ['an error', { output_type: 'error', traceback: ['\u001b[31mKeyError\u001b[0m'] }, 'KeyError'],
    ['HTML', data('text/html', '<b>x</b>'), '<b>x</b>'],
    ['something else', data('application/x', 3), 'application/x']
  ])('that are %s are text', (_, output, text) => {
    expect(shownAs(output, 'text').querySelector('pre')?.textContent).toBe(text);
  });

  it('of HTML are drawn by Jupyter, untrusted', () => {
    const renderer = new Widget();
    const renderModel = vi.fn(() => Promise.resolve());
    const createRenderer = (): Widget => Object.assign(renderer, { renderModel });
    shownAs(data('text/html', '<b>x</b>'), 'rendered', { createRenderer } as never);
    expect(renderModel.mock.calls).toMatchObject([[{ trusted: false }]]);
    expect(renderer.isAttached).toBe(true);
    cleanup();
    expect(renderer.isDisposed).toBe(true);
  });
});

describe('a comparison', () => {
  function compared(part: Partial<typeof COMPARISON>): HTMLElement {
    const value = { ...COMPARISON, ...part };
    const made = { publisher: { changed: { connect: () => true, disconnect: () => true } } };
    return show(made as never, () => (
      <CompareView
        {...{ trans, rendermime: null, again: () => undefined }}
        comparison={{ kind: 'ready', value }}
      />
    ));
  }

  it.each<[string, Partial<typeof COMPARISON>, string]>([
    ['pages', { basis: 'page' }, 'the text of the pages is compared'],
    ['nothing', { basis: 'none', cells: [], differs: false }, 'No difference'],
    [
      'cells that came, went, and whose outputs changed',
      {
        cells: [
          { ...COMPARISON.cells[0], change: 'added', old_source: undefined, kind: 'text' },
          {
            ...COMPARISON.cells[0],
            change: 'removed',
            new_source: undefined,
            new_number: undefined
          },
          { ...COMPARISON.cells[1], words: [] }
        ] as never
      },
      'Text 1 · added'
    ],
    [
      'files and requirements',
      {
        files: [{ name: 'a', change: 'removed' }],
        requirements: [{ name: 'b', change: 'changed' }]
      },
      'b changed'
    ]
  ])('of %s says so', (_, part, text) => {
    const container = compared(part);
    expect(container.textContent).toContain(text);
    fireEvent.click(field('Side by side'));
    const texts = screen.queryByLabelText('Outputs as text');
    if (texts) {
      fireEvent.click(texts);
      fireEvent.click(texts);
    }
    fireEvent.click(field('Side by side'));
    expect(container.textContent).toContain(text);
  });
});

describe('a preview', () => {
  it('is seen as on a phone, or in the dark, and compared', async () => {
    const compare = vi.fn();
    const made = { publisher: { changed: { connect: () => true, disconnect: () => true } } };
    const container = show(made as never, () => (
      <PreviewView
        title="Preview"
        page={{ kind: 'ready', value: look => `http://localhost/${look}` }}
        again={() => undefined}
        {...{ compare, trans }}
      />
    ));
    type('Width', 'phone');
    type('Appearance', 'dark');
    const frame = container.querySelector('iframe');
    expect([frame?.className, frame?.src]).toEqual([
      'jp-rsc-preview-page jp-mod-phone',
      'http://localhost/dark'
    ]);
    await click('Compare with published');
    expect(compare).toHaveBeenCalled();
  });
});

describe('the progress', () => {
  const progress = advance(
    NO_PROGRESS,
    events(['inspect', 'start', 'x'], ['upload', 'progress', '', { sent: 50, total: 100 }])
  );
  it.each<['up' | 'down' | 'signed-out', boolean, string]>([
    ['up', false, 'Uploading'],
    ['up', true, 'Stopping…'],
    ['down', false, 'No connection to Jupyter, trying again…'],
    ['signed-out', false, 'Signed out of Jupyter: sign in again in another tab.']
  ])('with the connection %s, stopping %s: %s', (connection, stopping, text) => {
    const made = { publisher: { changed: { connect: () => true, disconnect: () => true } } };
    const container = show(made as never, () => (
      <ProgressView {...{ progress, connection, stopping, trans }} />
    ));
    expect(container.querySelector('[role=status]')?.textContent).toBe(text);
    expect(container.textContent).toContain('50 of 100 B');
  });
});

describe('what was rehearsed', () => {
  it('says what differs, and leads to it', async () => {
    const versions = Array.from({ length: 10 }, (_, at) => ({ message: `package ${at}` }));
    const rehearsal = {
      ...REHEARSAL,
      runs: false,
      where: { cell: 1 },
      hint: 'Look.',
      differences: [{ message: 'Cell 3 gives another table.', where: { cell: 2 } }],
      versions,
      cached: true
    };
    const activity = {
      kind: 'rehearsed' as const,
      job: 'r1',
      rehearsal: rehearsal as never,
      progress: NO_PROGRESS
    };
    const { host, notebook, container } = await shown(props => (
      <RehearsedView {...props} activity={activity} />
    ));
    expect(container.textContent).toMatch(/package 7.*2 more packages/);
    expect(container.textContent).toContain('kept from before');
    await click('Go to cell 3');
    await click('Go to cell');
    expect(host.calls.filter(each => each.startsWith('go to'))).toEqual([
      'go to sales.ipynb 2',
      'go to sales.ipynb 1'
    ]);
    await click('Show log');
    expect(notebook.logOpen).toBe(true);
    await click('Dismiss');
    await click('Preview');
    expect(host.calls.some(each => each.startsWith('save'))).toBe(true);
  });
});
