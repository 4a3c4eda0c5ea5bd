import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { InspectRequest, NotebookRequest } from '../api';
import { type Fix, fixLabel } from '../model/fixes';
import type { NotebookModel } from '../model/notebook';
import {
  events,
  HIT,
  inspection,
  job,
  NO_ANSWER,
  PUBLICATION,
  connectedPublisher,
  refusal,
  flushPromises,
  SIGNED_OUT,
  trans
} from './fixtures';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function current(made: Awaited<ReturnType<typeof connectedPublisher>>): NotebookModel {
  const notebook = made.publisher.current;
  if (!notebook) {
    throw new Error('no current notebook');
  }
  return notebook;
}

const LOG = events(
  ['inspect', 'start', 'Looking.'],
  ['upload', 'progress', '', { sent: 50, total: 100 }],
  ['deploy', 'start', 'Running.'],
  ['deploy', 'log', '2026/11/23 12:00:01.123456 ValueError: no']
);

describe('a first publish', () => {
  it('is two steps: nothing needs to be chosen, and the notebook is saved before it is sent', async () => {
    const made = await connectedPublisher();
    const notebook = current(made);
    expect(notebook.canPublish).toBe(true);
    await notebook.publish();
    expect(made.host.calls).toEqual(['save sales.ipynb']);
    expect(made.api.bodiesOf<NotebookRequest>('publish')).toEqual([
      {
        path: 'sales.ipynb',
        server: 'acme',
        title: 'Quarterly sales',
        mode: 'jupyter-static',
        new: true
      }
    ]);
    expect(notebook.activity).toMatchObject({ kind: 'publishing', job: 'j1', connection: 'up' });
  });

  it('does not wait for the versions of Python and Quarto that the server has', async () => {
    const made = await connectedPublisher();
    const asked = (): unknown[] =>
      made.api.bodiesOf<InspectRequest>('inspect').map(each => each.server_versions);
    expect(asked()).toEqual([false]);
    made.api.inspection = inspection({ server_versions_pending: true });
    await current(made).refresh();
    await flushPromises();
    expect(current(made).canPublish).toBe(true);
    expect(asked()).toEqual([false, false, true]);
  });

  it('is not sent when the notebook cannot be saved, and says why', async () => {
    const made = await connectedPublisher();
    made.host.saveError = 'The file is read-only.';
    await current(made).publish();
    expect(made.api.bodiesOf('publish')).toEqual([]);
    expect(current(made).activity).toMatchObject({
      kind: 'failed',
      problem: { message: 'The file is read-only.' }
    });
    expect(current(made).canPublish).toBe(true);
  });

  it('waits for a title, for a server, and for findings that stop it', async () => {
    const notebook = current(await connectedPublisher());
    notebook.choose({ title: '  ' });
    expect(notebook.canPublish).toBe(false);
    const stopped = current(
      await connectedPublisher(api => {
        api.inspection = inspection({
          findings: [{ severity: 'error', code: 'e', message: 'Empty.', hint: '' }]
        });
      })
    );
    expect(stopped.blockingFindings).toHaveLength(1);
    expect(stopped.canPublish).toBe(false);
    const homeless = current(
      await connectedPublisher(api => {
        api.inspection = inspection({ server: null });
      })
    );
    expect(homeless.canPublish).toBe(false);
  });
});

describe('a publish that runs', () => {
  it('is followed to its end, announced once, and the notebook is inspected again', async () => {
    const done = [
      ...LOG,
      ...events(['done', 'success', 'Published.']).map(e => ({ ...e, seq: 4 }))
    ];
    const made = await connectedPublisher(api => {
      api.polls = [job({ events: LOG }), job({ state: 'done', events: done.slice(4), last: 5 })];
    });
    const ends: string[] = [];
    made.publisher.ended.connect((_, { activity }) => ends.push(activity.kind));
    await current(made).publish();
    await flushPromises();
    expect(ends).toEqual(['done']);
    expect(made.api.bodiesOf<{ first: number }>('poll').map(each => each.first)).toEqual([0, 4]);
    const { activity } = current(made);
    expect(activity).toMatchObject({ kind: 'done', deployment: { guid: 'g1' } });
    expect(made.api.bodiesOf('inspect')).toHaveLength(2);
    expect(made.publisher.state('sales.ipynb')).toBe('done');
  });

  it('survives a lost connection', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [NO_ANSWER, job({ state: 'done', events: LOG })];
    });
    await current(made).publish();
    await flushPromises();
    expect(current(made).activity).toMatchObject({ kind: 'publishing', connection: 'down' });
    await vi.advanceTimersByTimeAsync(500);
    expect(current(made).activity.kind).toBe('done');
  });

  it('says when Jupyter asks for a sign-in, and looks again as soon as the author is back', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [SIGNED_OUT, job({ events: LOG })];
    });
    await current(made).publish();
    await flushPromises();
    expect(current(made).activity).toMatchObject({ kind: 'publishing', connection: 'signed-out' });
    made.publisher.pollNow();
    await flushPromises();
    expect(current(made).activity).toMatchObject({ kind: 'publishing', connection: 'up' });
  });

  it('is polled at once when the connection comes or goes', async () => {
    const made = await connectedPublisher();
    await current(made).publish();
    await flushPromises();
    expect(made.api.bodiesOf('poll')).toHaveLength(1);
    made.api.polls = [job({ state: 'done', events: LOG })];
    made.publisher.pollNow();
    await flushPromises();
    expect(current(made).activity.kind).toBe('done');
  });

  it('has its log open while it runs and when it fails, closed when it went well', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ events: LOG }), job({ state: 'done' })];
    });
    const notebook = current(made);
    expect(notebook.logOpen).toBe(false);
    const open: boolean[] = [];
    notebook.changed.connect(() => open.push(notebook.logOpen));
    await notebook.publish();
    await flushPromises();
    expect(open).toContain(true);
    expect(notebook.logOpen).toBe(false);
    made.api.published = job({ state: 'failed' });
    await notebook.publish();
    await flushPromises();
    expect(notebook.logOpen).toBe(true);
  });

  it('says so when Jupyter no longer knows it', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [refusal(404, { code: 'unknown-job' })];
    });
    await current(made).publish();
    await flushPromises();
    expect(current(made).activity).toMatchObject({
      kind: 'failed',
      problem: { code: 'job-forgotten' }
    });
  });

  it('is asked to stop, once', async () => {
    const made = await connectedPublisher();
    await current(made).publish();
    await current(made).cancel();
    expect(made.api.bodiesOf('cancel')).toEqual(['j1']);
    expect(current(made).activity).toMatchObject({ kind: 'publishing', stopping: true });
  });

  it('is found again after a reload, from its first event', async () => {
    const made = await connectedPublisher(api => {
      api.inspection = inspection({ running: 'j1' });
      api.polls = [job({ events: LOG })];
    });
    const { activity } = current(made);
    expect(activity).toMatchObject({ kind: 'publishing', job: 'j1' });
    expect(activity.kind === 'publishing' && activity.progress.lines).toHaveLength(3);
  });

  it('that another tab started is followed instead of started twice', async () => {
    const made = await connectedPublisher(api => {
      api.published = refusal(409, { code: 'job-running', data: { id: 'j7' } });
      api.polls = [job({ id: 'j7', events: LOG })];
    });
    await current(made).publish();
    expect(current(made).activity).toMatchObject({ kind: 'publishing', job: 'j7' });
  });

  it('keeps its result across a reload without announcing it again', async () => {
    const made = await connectedPublisher(api => {
      api.inspection = inspection({ last: 'j1' });
      api.polls = [job({ state: 'done', events: LOG })];
    });
    expect(current(made).activity.kind).toBe('done');
    expect(made.api.bodiesOf('inspect')).toHaveLength(1);
  });
});

describe('a failed publish', () => {
  it('keeps every choice and offers the fix that came along', async () => {
    const error = {
      code: 'task-failed',
      message: 'The notebook failed.',
      hint: '',
      data: { fix: { action: 'add-file', label: 'Add', value: 'data/big.csv' } }
    };
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'failed', events: LOG, error })];
    });
    const notebook = current(made);
    notebook.choose({ title: 'Mine' });
    await notebook.publish();
    await flushPromises();
    expect(notebook.activity).toMatchObject({ kind: 'failed', cancelled: false });
    expect(notebook.values?.title).toBe('Mine');
    await notebook.fixAndRetry(error.data.fix);
    expect(made.api.bodiesOf<NotebookRequest>('publish')[1].files).toEqual(['data/big.csv']);
  });

  it('updates the content that a fix offers, and publishes as new content when it offers none', async () => {
    const label = 'Update “Sales”';
    const value = { guid: 'g9', title: 'Sales', mode: 'static', owner: 'ana', time: '' };
    const sent = async (fix: Fix): Promise<NotebookRequest> => {
      const made = await connectedPublisher();
      await current(made).fixAndRetry(fix);
      return made.api.bodiesOf<NotebookRequest>('publish')[0];
    };
    const update = await sent({ action: 'set-target', label, value });
    expect([update.update, update.new]).toEqual(['g9', undefined]);
    const fresh = await sent({ action: 'set-target', label, value: 'new' });
    expect([fresh.update, fresh.new]).toEqual([undefined, true]);
    expect(fixLabel({ action: 'set-target', label, value }, trans)).toBe(label);
    expect(fixLabel({ action: 'set-target', label, value: 'new' }, trans)).toBe(
      'Publish as new content'
    );
  });

  it('adds the package that the server did not install', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'failed', events: LOG })];
    });
    const notebook = current(made);
    await notebook.publish();
    await flushPromises();
    await notebook.fixAndRetry({ action: 'add-requirement', label: 'Add lxml', value: ['lxml'] });
    expect(made.api.bodiesOf<NotebookRequest>('publish')[1].add_requirements).toEqual(['lxml']);
  });

  it('overwrites what others published only when chosen', async () => {
    const fix = { action: 'overwrite', label: 'Overwrite' };
    const made = await connectedPublisher(api => {
      api.published = refusal(409, { code: 'published-by-others', data: { fix } });
    });
    await current(made).publish();
    await current(made).fixAndRetry(fix);
    expect(made.api.bodiesOf<NotebookRequest>('publish').map(each => each.overwrite)).toEqual([
      undefined,
      true
    ]);
  });

  it('that had made a content goes on with that content', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'failed', events: LOG })];
    });
    const notebook = current(made);
    notebook.chooseTarget({ kind: 'new' });
    made.api.inspection = inspection({
      target: 'g2',
      publications: [
        { ...PUBLICATION, guid: 'g2', result: 'failed', time: '2026-11-23T12:00:05.000Z' }
      ]
    });
    await notebook.publish();
    await flushPromises();
    expect(notebook.values?.target).toMatchObject({ kind: 'content', guid: 'g2' });
  });
});

describe('choices', () => {
  it('are sent on to be looked at, once, after the last of them', async () => {
    const made = await connectedPublisher();
    current(made).chooseMode('static');
    current(made).choose({ hide_input: 'all' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(made.api.bodiesOf('inspect')).toHaveLength(2);
    expect(made.api.bodiesOf('inspect')[1]).toMatchObject({ mode: 'static', hide_input: 'all' });
  });

  it('offer a content of the same title, which is taken only when the author takes it', async () => {
    const made = await connectedPublisher(api => {
      api.hits = [HIT];
    });
    await vi.advanceTimersByTimeAsync(1000);
    const notebook = current(made);
    expect(notebook.state.sameTitle?.guid).toBe('g9');
    expect(notebook.values?.target.kind).toBe('new');
  });

  it('leave that offer where it is, while the server is searched again', async () => {
    const made = await connectedPublisher(api => {
      api.hits = [HIT];
    });
    await vi.advanceTimersByTimeAsync(1000);
    const notebook = current(made);
    const searches = made.api.bodiesOf('search').length;
    const offers = new Set<string | undefined>();
    notebook.changed.connect(() => offers.add(notebook.state.sameTitle?.guid));
    notebook.choose({ hide_input: 'all' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(made.api.bodiesOf('search').length).toBeGreaterThan(searches);
    expect([...offers]).toEqual(['g9']);
  });

  it('offer nothing that another server has', async () => {
    const made = await connectedPublisher(api => {
      api.hits = [HIT];
    });
    await vi.advanceTimersByTimeAsync(1000);
    made.api.hits = [];
    current(made).chooseServer('other');
    expect(current(made).state.sameTitle).toBeNull();
  });

  it('search the server 300 ms after the last key', async () => {
    const made = await connectedPublisher();
    await vi.advanceTimersByTimeAsync(1000);
    const before = made.api.bodiesOf('search').length;
    for (const text of ['s', 'sa', 'sal']) {
      current(made).searchContent(text);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(300);
    expect(
      made.api
        .bodiesOf<{ text: string }>('search')
        .slice(before)
        .map(each => each.text)
    ).toEqual(['sal']);
  });
});

describe('a kernel that is not installed', () => {
  it('is replaced by the one that the finding offers, and saved', async () => {
    const made = await connectedPublisher();
    const fix = { action: 'set-kernel', label: 'Use the kernel Python 3', value: 'python3' };
    const finding = {
      severity: 'error',
      code: 'kernel-not-installed',
      message: 'No.',
      hint: '',
      fix
    } as const;
    await current(made).fix(finding);
    expect(made.host.calls).toEqual(['kernel sales.ipynb python3', 'save sales.ipynb']);
    expect(made.api.bodiesOf('inspect')).toHaveLength(2);
  });
});

describe('preferences', () => {
  it('hold for notebooks that were never published, not for others', async () => {
    const preferences = {
      defaultServer: 'other',
      defaultMode: 'static',
      openLogOnFailure: true,
      confirmOverwrite: true,
      toolbarButton: true,
      gitMetadata: true,
      askKernel: false,
      rehearseFirst: false
    };
    const made = await connectedPublisher(() => undefined);
    made.publisher.setPreferences(preferences);
    const fresh = made.publisher.open('fresh.ipynb');
    await flushPromises();
    expect(fresh.values).toMatchObject({ server: 'other', mode: 'static' });
    made.api.inspection = inspection({ target: 'g1', publications: [PUBLICATION] });
    const known = made.publisher.open('known.ipynb');
    await flushPromises();
    expect(known.values).toMatchObject({ server: 'acme', mode: 'jupyter-static' });
  });
});

describe('the running kernel', () => {
  it('is asked only after the author wished it, and then whenever the notebook is looked at', async () => {
    const made = await connectedPublisher(() => undefined);
    made.host.kernel = 'idle';
    const asked = (): number =>
      made.host.calls.filter(each => each.startsWith('ask kernel')).length;
    await current(made).refresh();
    expect(asked()).toBe(0);
    const remembered: unknown[] = [];
    made.publisher.keepPreferences = change => Promise.resolve(void remembered.push(change));
    await current(made).askKernel();
    expect(remembered).toEqual([{ askKernel: true }]);
    expect(asked()).toBe(1);
    await current(made).refresh();
    expect(asked()).toBe(2);
    const answer = { path: 'sales.ipynb', kernel: 'python3', reply: { status: 'ok' } };
    expect(made.api.bodiesOf('kernel answer')).toEqual([answer, answer]);
  });

  it.each(['busy', 'none'] as const)('is not asked while it is %s', async state => {
    const made = await connectedPublisher(() => undefined);
    made.host.kernel = state;
    await current(made).askKernel();
    expect(made.host.calls).not.toContain('ask kernel sales.ipynb');
    expect(made.api.bodiesOf('question')).toEqual([]);
    expect(made.publisher.notices.list[0].message).toContain('did not answer');
  });

  it('is asked once it has started, if the author wished it before', async () => {
    const made = await connectedPublisher(() => undefined);
    made.publisher.setPreferences({ ...made.publisher.preferences, askKernel: true });
    let start = (): void => undefined;
    made.host.idle = new Promise(resolve => (start = resolve));
    made.publisher.open('starting.ipynb');
    await flushPromises();
    expect(made.host.calls).not.toContain('ask kernel starting.ipynb');
    made.host.kernel = 'idle';
    start();
    await flushPromises();
    expect(made.host.calls).toContain('ask kernel starting.ipynb');
  });
});

describe('writing the manifest', () => {
  it('asks before it replaces one', async () => {
    const made = await connectedPublisher(api => {
      api.manifest = refusal(409, { code: 'files-exist', data: { existing: ['manifest.json'] } });
    });
    await current(made).writeManifest();
    expect(made.host.calls).toContain('ask Replace manifest.json?');
    expect(
      made.api
        .bodiesOf<NotebookRequest & { replace_files: boolean }>('manifest')
        .map(each => each.replace_files)
    ).toEqual([false, true]);
  });
});
