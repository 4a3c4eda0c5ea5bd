import { describe, expect, it } from 'vitest';

import {
  inspectBody,
  publishBody,
  formValues,
  withFiles,
  withMode,
  withServer,
  withTarget
} from '../model/form';
import {
  formatAge,
  formatDuration,
  formatMoment,
  formatProgress,
  formatSize
} from '../model/format';
import { versionProblem } from '../model/problems';
import { advance, failingLine, fraction, NO_PROGRESS } from '../model/progress';
import { EMPTY_FORM } from '../model/state';
import { fileTree } from '../model/fileTree';
import { events, HIT, inspection, PUBLICATION, trans } from './fixtures';

const published = inspection({ target: 'g1', publications: [PUBLICATION] });

describe('what the form shows', () => {
  it('is the proposal for a notebook that was never published', () => {
    expect(formValues(EMPTY_FORM, inspection())).toMatchObject({
      server: 'acme',
      target: { kind: 'new' },
      title: 'Quarterly sales',
      mode: 'jupyter-static',
      titleTyped: false
    });
  });

  it('is the last publication for one that was, its title included', () => {
    expect(formValues(EMPTY_FORM, published)).toMatchObject({
      target: { kind: 'content', guid: 'g1' },
      title: 'Sales',
      publication: { guid: 'g1' }
    });
  });

  it('goes to new content in another mode, or to the earlier one of that mode', () => {
    const form = withMode(EMPTY_FORM, published, 'static');
    expect(formValues(form, published)).toMatchObject({ target: { kind: 'new' }, mode: 'static' });
    const both = inspection({
      target: 'g1',
      publications: [PUBLICATION, { ...PUBLICATION, guid: 'g3', mode: 'static' }]
    });
    const again = withMode(EMPTY_FORM, both, 'static');
    expect(formValues(again, both)).toMatchObject({ target: { guid: 'g3' }, mode: 'static' });
  });

  it('takes the mode of a chosen content', () => {
    const item = { guid: 'g9', title: 'X', mode: 'static', owner: '', time: '', here: false };
    const form = withTarget(EMPTY_FORM, { kind: 'content', ...item });
    expect(formValues(form, published)).toMatchObject({ mode: 'static', title: 'X' });
    expect(inspectBody('a.ipynb', form, published)).toMatchObject({ update: 'g9' });
  });

  it('forgets the other server’s content with the server', () => {
    const form = withServer(EMPTY_FORM, 'other');
    expect(formValues(form, published)).toMatchObject({ server: 'other', target: { kind: 'new' } });
  });
});

describe('the request', () => {
  it('names the content to update and leaves out what was not touched', () => {
    expect(publishBody('a.ipynb', EMPTY_FORM, published, false)).toEqual({
      path: 'a.ipynb',
      server: 'acme',
      title: 'Sales',
      mode: 'jupyter-static',
      update: 'g1'
    });
  });

  it('turns ticks into picked and left-out paths, the last one counting', () => {
    let form = withFiles(
      EMPTY_FORM,
      inspection({ options: { files: { value: ['old.csv'], source: 'remembered' } } }),
      ['data/big.csv'],
      true
    );
    form = withFiles(form, inspection(), ['data/sales.csv'], false);
    form = withFiles(form, inspection(), ['data/big.csv'], false);
    expect(form.files).toEqual(['old.csv', '!data/sales.csv', '!data/big.csv']);
  });
});

describe('progress', () => {
  const log = events(
    ['inspect', 'start', 'Looking.'],
    ['bundle', 'start', 'Packing.'],
    ['upload', 'progress', '', { sent: 50, total: 100 }],
    [
      'deploy',
      'log',
      '2026/11/23 12:00:01.123456 \u001b]0;title\u0007\u001b[31mNameError\u001b[0m: x\u001b]8;;https://x'
    ],
    ['deploy', 'failure', 'The notebook failed.']
  );

  it('marks the steps before as done and counts bytes within one', () => {
    const progress = advance(NO_PROGRESS, log.slice(0, 3));
    expect(progress.stages).toMatchObject({
      checking: 'done',
      bundling: 'done',
      uploading: 'running'
    });
    expect(fraction(progress)).toBeCloseTo(0.5);
  });

  it('is the same however the events arrive', () => {
    const whole = advance(NO_PROGRESS, log);
    const pieces = log.reduce((progress, event) => advance(progress, [event]), NO_PROGRESS);
    expect(advance(pieces, log)).toEqual(whole);
    expect(whole.stages.deploying).toBe('failed');
  });

  it('finds the failing line and shows it without stamp and colours', () => {
    const { lines } = advance(NO_PROGRESS, log);
    const at = failingLine(lines);
    expect(lines[at].plain).toBe('NameError: x');
    expect(lines[at].text).toContain('2026/11/23');
    expect(failingLine(lines, ['NameError: x'])).toBe(at);
    expect(failingLine([])).toBe(-1);
  });
});

describe('numbers', () => {
  it('are as people write them', () => {
    expect([formatSize(0), formatSize(999), formatSize(1234567), formatSize(99600)]).toEqual([
      '0 B',
      '999 B',
      '1.2 MB',
      '100 kB'
    ]);
    expect(formatProgress(9_100_000, 14_200_000, trans)).toBe('9.1 of 14.2 MB');
    expect([formatDuration(8000), formatDuration(61_000), formatDuration(3_661_000)]).toEqual([
      '0:08',
      '1:01',
      '1:01:01'
    ]);
    const now = Date.parse('2026-11-23T12:00:00Z');
    expect(formatAge('2026-11-20T11:00:00Z', now, trans)).toBe('3 days ago');
    expect(formatAge('2026-11-23T11:59:59Z', now, trans)).toBe('just now');
    expect(formatAge('', now, trans)).toBe('');
    expect(formatMoment('2026-11-30T12:00:00Z')).toMatch(/Nov 30, 2026/);
    expect(formatMoment('')).toBe('');
  });
});

describe('the tree of files', () => {
  it('puts folders first and sums what is included', () => {
    const tree = fileTree(inspection().files);
    expect(tree.map(node => node.name)).toEqual(['data', 'sales.ipynb']);
    expect(tree[0]).toMatchObject({
      kind: 'folder',
      size: 1200000,
      included: 1,
      files: ['data/big.csv', 'data/sales.csv']
    });
  });
});

describe('versions', () => {
  it('must agree in their first two numbers', () => {
    expect(versionProblem('2.0.5', '2.0.0', trans)).toBeNull();
    expect(versionProblem('2.1.0', '2.0.0', trans)?.code).toBe('version-mismatch');
  });
});

describe('search hits', () => {
  it('that are not mine to change are never offered', async () => {
    const { sameTitle } = await import('../model/contentSearch');
    expect(sameTitle([{ ...HIT, editable: false }], 'Quarterly sales', HIT.mode)).toBeNull();
    expect(sameTitle([HIT], ' quarterly SALES ', HIT.mode)?.guid).toBe('g9');
    expect(sameTitle([HIT], 'Quarterly sales', 'static')).toBeNull();
  });
});
