/** Functions and models whose answers are best read as tables: fixes, messages, previews, followed runs, sign-ins. */

import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { ApiError, type RehearsalJob } from '../api';
import { withPins } from '../model/form';
import { applyFix, type Fix, fixLabel, retryLabel } from '../model/fixes';
import { formatAge } from '../model/format';
import { fileTree } from '../model/fileTree';
import { previewTab } from '../model/preview';
import { problemOf } from '../model/problems';
import { advance, NO_PROGRESS } from '../model/progress';
import { accessText, readersSentence, thumbnailText } from '../model/readerChoices';
import { ReadersModel } from '../model/readers';
import { RunsModel } from '../model/runs';
import { ScheduleModel } from '../model/schedule';
import { SignInModel } from '../model/signIn';
import { EMPTY_FORM } from '../model/state';
import { VersionsModel } from '../model/versions';
import {
  connectedPublisher,
  events,
  FakeApi,
  FakeHost,
  FAILED_RUN,
  flushPromises,
  inspection,
  NO_ANSWER,
  READERS,
  refusal,
  REHEARSAL,
  rehearsalJob,
  run,
  RUNS,
  SIGNED_OUT,
  signIn,
  trans,
  version,
  VERSIONS
} from './fixtures';

const OF = { server: 'acme', guid: 'g1' };

function fix(action: string, value: unknown = null, label = 'Do it'): Fix {
  return { action, label, value } as Fix;
}

describe('a fix', () => {
  const CONTENT = { guid: 'g7', title: 'Old', mode: 'static', owner: 'ben', time: '' };

  it.each<[string, Fix, object | string[]]>([
    ['adds files', fix('add-file', 'a.csv'), { files: ['a.csv'] }],
    ['leaves files out', fix('remove-file', ['a.csv', 'b']), { files: ['!a.csv', '!b'] }],
    ['adds a requirement', fix('add-requirement', 'scipy'), { add_requirements: ['scipy'] }],
    ['removes one', fix('remove-requirement', 'scipy'), { add_requirements: [] }],
    ['pins', fix('pin-requirements', ['a==1']), { add_requirements: ['a==1'] }],
    ['takes no value for a list', fix('add-requirement', 3), { add_requirements: [] }],
    ['sets the mode', fix('set-mode', 'static'), { mode: 'static' }],
    ['sets no unknown mode', fix('set-mode', 'shiny'), {}],
    ['sets the title', fix('set-title', 'New'), { title: 'New' }],
    ['sets no title', fix('set-title'), { title: '' }],
    ['sets the requirements', fix('set-requirements', 'freeze'), { requirements: 'freeze' }],
    ['sets them to the default', fix('set-requirements'), { requirements: 'auto' }],
    ['updates a content', fix('set-target', CONTENT), { target: { guid: 'g7', owner: 'ben' } }],
    ['publishes as new', fix('set-target', 'g7'), { target: { kind: 'new' } }],
    ['publishes as new content', fix('publish-as-new'), { target: { kind: 'new' } }],
    ['asks for a variable', fix('set-variable', 'KEY'), { variables: [{ name: 'KEY' }] }],
    ['saves', fix('save'), ['save sales.ipynb']],
    ['runs all', fix('run-all'), ['run sales.ipynb', 'save sales.ipynb']],
    ['runs a cell', fix('run-cell', 2), ['run sales.ipynb', 'save sales.ipynb']],
    ['runs all for no cell', fix('run-cell'), ['run sales.ipynb', 'save sales.ipynb']],
    ['changes the kernel', fix('set-kernel', 'ir'), ['kernel sales.ipynb ir', 'save sales.ipynb']]
  ])('%s', async (_, each, outcome) => {
    const { publisher, host } = await connectedPublisher();
    const notebook = publisher.open('sales.ipynb');
    await notebook.fix({ severity: 'error', code: 'c', message: '', hint: '', fix: each });
    if (Array.isArray(outcome)) {
      expect(host.calls).toEqual(outcome);
    } else {
      expect(notebook.form).toMatchObject(outcome);
    }
  });

  it('that fails says so; one that is not known does nothing', async () => {
    const { publisher, host } = await connectedPublisher();
    const notebook = publisher.open('sales.ipynb');
    host.saveError = 'The disk is full.';
    const services = { host, notices: publisher.notices };
    expect(await applyFix(notebook, fix('save'), services)).toBe(false);
    expect(publisher.notices.list.map(each => each.message)).toEqual(['The disk is full.']);
    host.save = () => Promise.reject<void>('no');
    expect(await applyFix(notebook, fix('save'), services)).toBe(false);
    expect(await applyFix(notebook, fix('unheard-of'), services)).toBe(false);
    await notebook.fix({ severity: 'error', code: 'c', message: '', hint: '' });
  });

  it.each<[Fix, string, string]>([
    [fix('save'), 'Save', 'Save and try again'],
    [fix('run-all'), 'Run all cells', 'Run all cells and try again'],
    [fix('set-target', CONTENT, 'Update “Old”'), 'Update “Old”', 'Update “Old” and try again'],
    [fix('set-target'), 'Publish as new content', 'Publish as new content and try again'],
    [fix('publish-as-new'), 'Publish as new content', 'Publish as new content and try again'],
    [fix('overwrite'), 'Overwrite', 'Overwrite'],
    [fix('set-variable', 'KEY'), 'Set value', 'Set value'],
    [fix('pin-requirements', ['a==1']), 'Pin a==1', 'Pin a==1 and try again'],
    [fix('pin-requirements', ['a', 'b']), 'Pin 2 packages', 'Pin 2 packages and try again'],
    [fix('remove-requirement', ['a', 'b']), 'Remove a, b', 'Remove a, b and try again'],
    [fix('add-file', 'x'), 'Do it', 'Do it and try again']
  ])('%o is called “%s”', (each, label, retry) => {
    expect([fixLabel(each, trans), retryLabel(each, trans)]).toEqual([label, retry]);
  });
});

describe('what was thrown', () => {
  const kind = (name: ApiError['kind'], status: number): ApiError =>
    new ApiError(name, status, { code: 'c', message: 'Said.', hint: '' });
  it.each<[unknown, string]>([
    [new Error('Read-only.'), 'Read-only.'],
    ['a text', 'a text'],
    [kind('problem', 422), 'Said.'],
    [kind('signed-out', 403), 'You are signed out of Jupyter.'],
    [kind('not-installed', 404), 'The rsconnect-jupyter server extension is not running.'],
    [kind('no-answer', 500), 'Jupyter answered with an error (status 500).'],
    [kind('no-answer', 0), 'Jupyter is not responding.']
  ])('%o is told as “%s”', (error, message) => {
    expect(problemOf(error, trans).message).toBe(message);
  });
});

describe('an age', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  it.each([
    ['2026-11-23T11:58:30Z', '1 minute ago'],
    ['2026-11-23T10:00:00Z', '2 hours ago'],
    ['2026-11-20T10:00:00Z', '3 days ago']
  ])('of %s is %s', (time, text) => {
    expect(formatAge(time, now, trans)).toBe(text);
  });
});

describe('readers in words', () => {
  it('fall back to what the server calls them', () => {
    expect(accessText('odd', trans)).toBe('odd');
    expect(thumbnailText('figures/a.png', trans)).toBe('figures/a.png');
    expect(thumbnailText('none', trans)).toBe('none');
  });

  it.each<[Partial<typeof READERS>, string]>([
    [{ readers: null }, 'Visible to chosen people'],
    [{ readers: [] }, 'Visible to the owner only'],
    [{ access: 'all' }, 'Public, no sign-in'],
    [{ access: 'logged_in' }, 'Visible to everyone signed in']
  ])('%o: %s', (part, text) => {
    expect(readersSentence({ ...READERS, ...part }, EMPTY_FORM, trans)).toBe(text);
  });
});

describe('small functions', () => {
  it('a pin replaces another line of the same package', () => {
    const form = { ...EMPTY_FORM, add_requirements: ['Sci_Py>1', 'numpy'] };
    expect(withPins(form, inspection(), ['sci-py==2']).add_requirements).toEqual([
      'numpy',
      'sci-py==2'
    ]);
  });

  it('folders in folders sum up what is in them', () => {
    const file = { size: 5, included: true, reason: '' };
    const [folder] = fileTree([
      { ...file, path: 'a/b/c.csv' },
      { ...file, path: 'a/d.csv' }
    ]);
    expect(folder).toMatchObject({ size: 10, included: 2, files: ['a/b/c.csv', 'a/d.csv'] });
  });

  it('a cancelled step is stopped, and an inspection begins anew', () => {
    const [stop] = events(['upload', 'failure', 'Cancelled.']);
    expect(advance(NO_PROGRESS, [{ ...stop, code: 'cancelled' }]).stages.uploading).toBe('stopped');
    const again = events(['deploy', 'start', 'x'], ['inspect', 'start', 'y']);
    expect(advance(NO_PROGRESS, again).stages).toMatchObject({
      checking: 'running',
      deploying: 'waiting'
    });
  });
});

describe('a preview', () => {
  async function tabOf(
    activity: object,
    prepare: (api: FakeApi) => void = () => undefined,
    isPage = false,
    ready = true
  ): Promise<{ api: FakeApi; load: () => Promise<string> }> {
    const { publisher, api, host } = await connectedPublisher(prepare);
    const notebook = publisher.open('sales.ipynb');
    const previewed = {
      path: 'sales.ipynb',
      isPage,
      activity: activity as never,
      inspection: ready
        ? { kind: 'ready' as const, value: inspection() }
        : { kind: 'loading' as const },
      changed: new Signal<object, void>({}),
      changes: { mark: 'changed' },
      refresh: () => Promise.resolve(),
      rehearsalBody: () => ({ path: 'sales.ipynb' }),
      compareWithPublished: () => notebook.compareWithPublished()
    };
    const tab = previewTab(previewed, { api, host, trans } as never);
    tab.compare()?.();
    previewed.changes.mark = '';
    expect(tab.compare()).toBeNull();
    return { api, load: async () => (await tab.load())('dark') };
  }
  const page = (id: string): string => `http://localhost/rehearse/${id}/page?dark`;
  const made = (id: string, part: Partial<RehearsalJob> = {}): RehearsalJob =>
    rehearsalJob({ id, state: 'done', finished: true, result: REHEARSAL, ...part });

  it('of a rehearsal shows the page that it made, also after it was put away', async () => {
    const activity = { kind: 'rehearsed', job: 'r7', rehearsal: REHEARSAL };
    const { load } = await tabOf(activity);
    expect(await load()).toBe(page('r7'));
    activity.kind = 'idle';
    expect(await load()).toBe(page('r7'));
  });

  it('of a finished document has it made', async () => {
    const { load } = await tabOf({ kind: 'idle' }, api => (api.rehearsed = made('r1')), true);
    expect(await load()).toBe(page('r1'));
  });

  it('waits for what is made already, then has it made', async () => {
    const running = refusal(409, { code: 'job-running', data: { id: 'r0' } });
    const { api, load } = await tabOf({ kind: 'idle' }, () => undefined, true);
    api.rehearsed = made('r2');
    const rehearse = vi.spyOn(api, 'rehearse').mockRejectedValueOnce(running);
    const read = vi
      .spyOn(api, 'readRehearsal')
      .mockResolvedValueOnce(rehearsalJob({ id: 'r0', last: 3 }));
    expect(await load()).toBe(page('r2'));
    expect(rehearse).toHaveBeenCalledTimes(2);
    expect(read.mock.calls.slice(0, 2).map(([id, first]) => [id, first])).toEqual([
      ['r0', 0],
      ['r0', 3]
    ]);
  });

  it.each<[string, RehearsalJob | ApiError, boolean, string]>([
    ['without a page', made('r1', { result: null }), true, 'The page could not be made.'],
    [
      'with a reason',
      made('r1', { result: null, error: { code: 'x', message: 'No nbconvert.', hint: '' } }),
      true,
      'No nbconvert.'
    ],
    ['refused', refusal(422, { message: 'Empty.' }), true, 'Empty.'],
    ['not read yet', made('r1'), false, 'The page could not be made.']
  ])('fails: %s', async (_, rehearsed, ready, message) => {
    const { load } = await tabOf({ kind: 'idle' }, api => (api.rehearsed = rehearsed), true, ready);
    await expect(load()).rejects.toThrow(message);
  });
});

describe('the runs', () => {
  function model(prepare: (api: FakeApi) => void = () => undefined): {
    api: FakeApi;
    host: FakeHost;
    runs: RunsModel;
  } {
    const api = new FakeApi();
    prepare(api);
    const host = new FakeHost();
    const runs = new RunsModel(
      api,
      trans,
      () => undefined,
      host,
      () => 'sales.ipynb'
    );
    return { api, host, runs };
  }

  it('are asked for a failure once in a while, and say nothing when that fails', async () => {
    const { api, runs } = model(each => (each.failures['scheduled failure'] = refusal(502, {})));
    await runs.look(OF);
    await runs.look(OF);
    expect(api.bodiesOf('scheduled failure').length).toBe(1);
    expect([runs.failure, runs.state.kind]).toEqual([null, 'closed']);
  });

  it('that are started are looked for until they are listed, and followed to their end', async () => {
    const { api, host, runs } = model(each => (each.runList = { ...RUNS, runs: [run('r1')] }));
    await runs.runNow();
    await runs.open(OF);
    await runs.runNow();
    expect(runs.starting).toBe(true);
    api.runList = { ...RUNS, runs: [run('r2', { outcome: 'running' }), run('r1')] };
    await host.endPauses();
    expect(runs.starting).toBe(false);
    api.runList = { ...RUNS, runs: [run('r2', { outcome: 'failed' }), run('r1')] };
    await host.endPauses();
    await flushPromises();
    expect(runs.opened).toMatchObject({ key: 'r2', report: FAILED_RUN });
  });

  it('that never appear are not waited for without end', async () => {
    const { host, runs } = model(each => (each.runList = { ...RUNS, runs: [run('r1')] }));
    await runs.open(OF);
    await runs.runNow();
    for (let look = 0; look < 20; look++) {
      await host.endPauses();
    }
    expect(runs.starting).toBe(false);
  });

  it('show their log, hide it, and say why they could not be started, stopped or read', async () => {
    const { api, runs } = model(each => (each.runList = { ...RUNS, runs: [run('r1')] }));
    await runs.stop('r1');
    await runs.toggle('r1');
    expect(api.requests).toEqual([]);
    await runs.open(OF);
    await runs.toggle('r1');
    expect(runs.opened?.report).toBe(FAILED_RUN);
    await runs.toggle('r1');
    expect(runs.opened).toBeNull();
    api.failures = { run: refusal(404, { message: 'No log.' }), 'run now': refusal(409, {}) };
    await runs.toggle('r1');
    expect(runs.opened).toMatchObject({ report: null, problem: { message: 'No log.' } });
    await runs.runNow();
    expect([runs.problem?.message, runs.starting]).toEqual(['No.', false]);
    api.failures = { runs: refusal(502, { message: 'Away.' }) };
    runs.starting = true;
    await runs.reload();
    expect([runs.state.kind, runs.starting]).toEqual(['failed', false]);
    runs.close();
    expect(runs.opened).toBeNull();
  });
});

describe('the versions', () => {
  async function opened(): Promise<{ api: FakeApi; versions: VersionsModel }> {
    const api = new FakeApi();
    const versions = new VersionsModel(api, trans, () => undefined);
    await versions.open(OF);
    return { api, versions };
  }
  const states = ({ state }: VersionsModel): string[] =>
    state.kind === 'ready' ? state.now.versions.map(each => `${each.id} ${each.state}`) : [];

  it('come in pages, each version once', async () => {
    const { api, versions } = await opened();
    api.listed = { ...VERSIONS, page: 2, more: false, versions: [version('11'), version('10')] };
    await versions.more();
    expect(states(versions).map(each => each.split(' ')[0])).toEqual(['13', '12', '11', '10']);
    expect(versions.state).toMatchObject({ now: { page: 2, more: false } });
  });

  it('stay when more of them could not be read, or one not be deleted', async () => {
    const { api, versions } = await opened();
    api.listed = refusal(502, { message: 'Away.' });
    await versions.more();
    expect([versions.problem?.message, states(versions).length]).toEqual(['Away.', 3]);
    api.failures['delete version'] = refusal(409, { message: 'It is active.' });
    await versions.remove('12');
    expect([versions.problem?.message, states(versions).length]).toEqual(['It is active.', 3]);
    api.failures = {};
    await versions.remove('11');
    expect([versions.problem, states(versions).length]).toEqual([null, 2]);
  });

  it('are marked when another is activated, and read again when it is not known', async () => {
    const { api, versions } = await opened();
    await versions.activated('13');
    expect(states(versions)).toEqual(['13 active', '12 earlier', '11 earlier']);
    await versions.activated('14');
    expect(api.bodiesOf('versions').length).toBe(2);
  });

  it('do nothing while they are not shown', async () => {
    const api = new FakeApi();
    const versions = new VersionsModel(api, trans, () => undefined);
    await Promise.all([versions.more(), versions.activated('1'), versions.remove('1')]);
    await versions.toggleLog('1');
    expect(api.requests).toEqual([]);
  });

  it('show a log, an empty one, none, and why it could not be read', async () => {
    const { api, versions } = await opened();
    await versions.toggleLog('12');
    expect(versions.log?.text).toBe('one\ntwo');
    await versions.toggleLog('12');
    expect(versions.log).toBeNull();
    vi.spyOn(api, 'runLog').mockResolvedValueOnce({ lines: [] });
    await versions.toggleLog('11');
    expect(versions.log?.text).toBe('The server keeps no log of this version.');
    api.failures.log = refusal(404, { message: 'Gone.' });
    await versions.toggleLog('13');
    expect(versions.log?.text).toBe('Gone.');
  });
});

describe('the schedule', () => {
  it('is set once at a time, and says why it could not be set', async () => {
    const api = new FakeApi();
    const schedule = new ScheduleModel(api, trans, () => undefined);
    await schedule.write();
    await schedule.open(OF);
    await Promise.all([schedule.write(), schedule.write()]);
    expect(api.bodiesOf('set schedule').length).toBe(1);
    schedule.choose({ kind: 'semimonth' });
    api.failures['delete schedule'] = refusal(502, { message: 'Away.' });
    await schedule.remove();
    expect([schedule.problem?.message, schedule.fields.kind]).toEqual(['Away.', 'semimonth']);
    api.failures = {};
    await schedule.remove();
    expect([schedule.problem, schedule.chosen]).toEqual([null, null]);
  });
});

describe('readers', () => {
  it('are changed only when they are known, and searched page by page', async () => {
    const api = new FakeApi();
    const readers = new ReadersModel(api, trans, () => undefined);
    expect(await readers.apply({ path: 'a.ipynb' })).toBe(false);
    await readers.morePeople('acme');
    api.peoplePage = {
      people: [{ kind: 'user', guid: 'u', name: 'a', full_name: '' }],
      more: true
    };
    vi.useFakeTimers();
    readers.search('acme', 'a');
    await vi.advanceTimersByTimeAsync(300);
    await readers.morePeople('acme');
    expect(readers.people).toMatchObject({ kind: 'found', page: 2, people: [{}, {}] });
    api.peoplePage = refusal(502, { message: 'Away.' });
    readers.search('acme', 'b');
    await vi.advanceTimersByTimeAsync(300);
    expect(readers.people).toMatchObject({ kind: 'failed' });
    api.vanity = refusal(422, { message: 'No spaces.' });
    readers.checkVanity(OF, '/a b/');
    await vi.advanceTimersByTimeAsync(300);
    expect(readers.vanity?.check?.problem).toBe('No spaces.');
    readers.checkVanity(OF, ' ');
    expect(readers.vanity).toBeNull();
    readers.dispose();
    vi.useRealTimers();
  });
});

describe('a sign-in', () => {
  function model(): { api: FakeApi; host: FakeHost; signing: SignInModel; done: string[] } {
    const api = new FakeApi();
    const host = new FakeHost();
    const signing = new SignInModel(api, host, trans);
    const done: string[] = [];
    signing.done.connect((_, name) => done.push(name));
    return { api, host, signing, done };
  }

  it('goes on while Jupyter does not answer, and is one at a time', async () => {
    const { api, host, signing } = model();
    void signing.begin({ server: 'acme' });
    await flushPromises();
    await signing.begin({ server: 'other' });
    expect(api.bodiesOf('sign in').length).toBe(1);
    api.endSignIn(NO_ANSWER);
    await flushPromises();
    await host.endPauses();
    expect(api.bodiesOf('read sign-in')).toEqual(['s1', 's1']);
    api.endSignIn(signIn({ status: 'cancelled' }));
    await flushPromises();
    expect(signing.state.kind).toBe('idle');
  });

  it('that ends with an error, or cannot be followed, says so', async () => {
    const { api, signing } = model();
    void signing.begin({ server: 'acme' });
    await flushPromises();
    const error = { code: 'denied', message: 'Denied.', hint: '' };
    api.endSignIn(signIn({ status: 'failed', error }));
    await flushPromises();
    expect(signing.state).toMatchObject({ kind: 'failed', problem: error });
    void signing.begin({ server: 'acme' });
    await flushPromises();
    api.endSignIn(SIGNED_OUT);
    await flushPromises();
    expect(signing.state.kind).toBe('failed');
  });

  it('is found again after a reload, and says when it cannot be followed any more', async () => {
    const { api, signing } = model();
    api.waiting = [signIn({ name: 'acme' })];
    await signing.resume();
    expect(signing.isAbout('acme')).toBe(true);
    await signing.resume();
    api.endSignIn(refusal(404, { message: 'Jupyter restarted.' }));
    await flushPromises();
    expect(signing.state).toMatchObject({ problem: { message: 'Jupyter restarted.' } });
  });

  it('that cannot be looked for is none', async () => {
    const { api, signing } = model();
    api.failures['sign-ins'] = NO_ANSWER;
    await signing.resume();
    await signing.allowElsewhere();
    await signing.cancel();
    expect(signing.state.kind).toBe('idle');
  });
});
