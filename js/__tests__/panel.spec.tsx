import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';

import type { NotebookRequest, OptionSource } from '../api';
import { failingLines } from '../components/failureView';
import {
  createPublisher,
  DEPLOYMENT,
  events,
  HIT,
  type ITestPublisher,
  inspection,
  job,
  OTHER,
  PUBLICATION,
  connectedPublisher,
  refusal,
  SERVER,
  serverList,
  flushPromises
} from './fixtures';
import { click, show } from './shownPanel';

const LOG = events(
  ['deploy', 'start', 'Running.'],
  ['deploy', 'log', 'ValueError: <b>no</b>'],
  ['deploy', 'failure', 'The notebook failed.']
);

describe('the form', () => {
  it('is filled in: one click publishes', async () => {
    const made = await connectedPublisher();
    show(made);
    expect(screen.getByRole('combobox', { name: 'Server' })).toHaveProperty('value', 'acme');
    expect(screen.getByRole('textbox', { name: 'Title' })).toHaveProperty(
      'value',
      'Quarterly sales'
    );
    const modes = screen.getByRole('radiogroup', { name: 'Publish as' });
    expect(within(modes).getByRole('radio', { name: 'Source code' })).toHaveProperty(
      'checked',
      true
    );
    await click('Publish');
    expect(made.api.bodiesOf('publish')).toHaveLength(1);
    expect(screen.getByRole('progressbar', { name: 'Publishing' })).toBeTruthy();
    expect(screen.getByRole('log', { name: 'Log' })).toBeTruthy();
  });

  it('finds content on the server by keyboard alone', async () => {
    const made = await connectedPublisher(api => {
      api.hits = [{ ...HIT, title: 'Forecast' }];
    });
    show(made);
    const box = screen.getByRole('combobox', { name: 'Publish to' });
    fireEvent.keyDown(box, { key: 'ArrowDown' });
    await act(async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
    });
    const list = within(screen.getByRole('listbox', { name: 'Publish to' }));
    expect(list.getAllByRole('option')).toHaveLength(2);
    fireEvent.keyDown(box, { key: 'ArrowDown' });
    fireEvent.keyDown(box, { key: 'Enter' });
    expect(made.publisher.current?.values?.target).toMatchObject({ guid: 'g9' });
    expect(screen.getByRole('combobox', { name: 'Publish to' })).toHaveProperty(
      'value',
      'Forecast'
    );
  });

  it('says why a mode is not offered', async () => {
    const modes = inspection().modes.map(each =>
      each.mode === 'jupyter-voila' ? { ...each, available: false, reason: 'No widgets.' } : each
    );
    show(await connectedPublisher(api => (api.inspection = inspection({ modes }))));
    expect(screen.getByRole('radio', { name: 'Interactive app' })).toHaveProperty('disabled', true);
    expect(screen.getByText('No widgets.')).toBeTruthy();
  });

  it('offers the reason and the way to it instead of a button that would fail', async () => {
    const finding = { severity: 'error' as const, code: 'e', message: 'Empty.', hint: '' };
    show(await connectedPublisher(api => (api.inspection = inspection({ findings: [finding] }))));
    expect(screen.queryByRole('button', { name: 'Publish' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Show what to fix' })).toBeTruthy();
  });

  it('says in its header what could not be checked', async () => {
    const silent = {
      severity: 'unknown' as const,
      code: 'no-answer',
      message: 'The server does not accept connections.',
      hint: ''
    };
    show(await connectedPublisher(api => (api.inspection = inspection({ findings: [silent] }))));
    expect(screen.getByText('not checked: the server does not answer')).toBeTruthy();
    cleanup();
    const findings = [{ ...silent, code: 'certificate-refused' }];
    show(await connectedPublisher(api => (api.inspection = inspection({ findings }))));
    expect(screen.getByText('1 not checked')).toBeTruthy();
  });

  it('goes to the cell of a finding and takes its fix', async () => {
    const finding = {
      severity: 'warning' as const,
      code: 'w',
      message: 'Stays behind.',
      hint: '',
      where: { cell: 2 },
      fix: { action: 'add-file', label: 'Add it nevertheless', value: 'data/big.csv' }
    };
    const made = await connectedPublisher(
      api => (api.inspection = inspection({ findings: [finding] }))
    );
    show(made);
    await click('Go to cell');
    expect(made.host.calls).toContain('go to sales.ipynb 2');
    await click('Add it nevertheless');
    expect(made.publisher.current?.form.files).toEqual(['data/big.csv']);
  });
});

describe('more options', () => {
  const remembered = (value: unknown): OptionSource => ({ value, source: 'remembered' });

  function type(label: string, value: string): void {
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  }

  async function publishedWith(made: ITestPublisher): Promise<NotebookRequest> {
    await click('Publish');
    return made.api.bodiesOf<NotebookRequest>('publish')[0];
  }

  it('show what a publish would use, and where it comes from', async () => {
    const options = {
      package_manager: remembered('uv'),
      image: remembered('team/image'),
      manage_python: { value: 'auto', source: 'default' as const }
    };
    show(await connectedPublisher(api => (api.inspection = inspection({ options }))));
    expect(screen.queryByLabelText('Package manager')).toBeNull();
    expect(screen.getByText('2 set')).toBeTruthy();
    await click('More options');
    expect(screen.getByLabelText('Package manager')).toHaveProperty('value', 'uv');
    expect(screen.getByLabelText('Container image')).toHaveProperty('value', 'team/image');
    expect(screen.getByLabelText('Install Python packages')).toHaveProperty('value', 'auto');
    expect(screen.getAllByText('As in the last publish')).toHaveLength(2);
  });

  it('are sent only when they were chosen', async () => {
    const options = { package_manager: remembered('uv') };
    const made = await connectedPublisher(api => (api.inspection = inspection({ options })));
    show(made);
    await click('More options');
    type('Install Python packages', 'no');
    type('Container image', 'team/image');
    fireEvent.click(screen.getByLabelText('Publish as draft'));
    expect(await publishedWith(made)).toEqual({
      path: 'sales.ipynb',
      server: 'acme',
      title: 'Quarterly sales',
      mode: 'jupyter-static',
      new: true,
      manage_python: 'no',
      image: 'team/image',
      draft: true
    });
  });

  it('run the notebook first within a time limit', async () => {
    const made = await connectedPublisher(api => (api.inspection = inspection({ mode: 'static' })));
    show(made);
    fireEvent.click(screen.getByLabelText('Run the notebook first'));
    type('Time limit (seconds)', '90');
    expect(await publishedWith(made)).toMatchObject({ run_first: true, run_timeout: 90 });
  });

  it('add packages to the requirements, those of the last publish among them', async () => {
    const options = { add_requirements: remembered(['openpyxl', 'polars']) };
    const made = await connectedPublisher(api => (api.inspection = inspection({ options })));
    show(made);
    await click('Python');
    fireEvent.change(screen.getByPlaceholderText('Name, or name==1.2'), {
      target: { value: ' lxml==6.0 ' }
    });
    await click('Add package');
    await click('Remove polars');
    expect(screen.getByPlaceholderText('Name, or name==1.2')).toHaveProperty('value', '');
    expect(await publishedWith(made)).toMatchObject({
      add_requirements: ['openpyxl', 'lxml==6.0']
    });
  });

  it('leave it to the author which files go along', async () => {
    const made = await connectedPublisher();
    show(made);
    await click('Files');
    fireEvent.click(screen.getByLabelText('Add files that the notebook uses'));
    expect(await publishedWith(made)).toMatchObject({ detect_files: false });
  });

  it('set and delete environment variables, whose values are not kept after they were sent', async () => {
    const made = await connectedPublisher(api => (api.polls = [job({ state: 'failed' })]));
    show(made);
    await click('Environment variables');
    await click('Add variable');
    type('Variable name', 'TOKEN');
    type('Value of TOKEN', 'secret-1');
    await click('Add variable');
    fireEvent.change(screen.getAllByLabelText('Variable name')[1], { target: { value: 'OLD' } });
    fireEvent.click(screen.getAllByLabelText('Delete from the content')[1]);
    expect(await publishedWith(made)).toMatchObject({ env: { TOKEN: 'secret-1', OLD: null } });
    const { current } = made.publisher;
    expect(JSON.stringify(current?.form)).not.toContain('secret-1');
    expect(JSON.stringify(made.api.bodiesOf('inspect'))).not.toContain('TOKEN');
    expect(current?.activity.kind).toBe('failed');
    expect(screen.getByText(/Enter the value again/)).toBeTruthy();
    expect(current?.canPublish).toBe(false);
    type('Value of TOKEN', 'secret-2');
    await click('Try again');
    expect(made.api.bodiesOf<NotebookRequest>('publish')[1].env).toEqual({
      TOKEN: 'secret-2',
      OLD: null
    });
  });

  it('keep the values of variables while the notebook cannot be saved', async () => {
    const made = await connectedPublisher();
    made.host.saveError = 'The file is read-only.';
    const notebook = made.publisher.current;
    const variables = [{ name: 'TOKEN', value: 'secret', remove: false, sent: false }];
    notebook?.choose({ variables });
    await notebook?.publish();
    expect(notebook?.form.variables).toEqual(variables);
  });
});

describe('while the panel is closed', () => {
  it('no notebook is read, whatever happens to it', async () => {
    const made = createPublisher();
    made.publisher.isPanelOpen = () => false;
    made.publisher.setCurrent('sales.ipynb');
    await made.publisher.connect();
    await made.host.restore();
    made.publisher.saved('sales.ipynb');
    made.publisher.renamed('sales.ipynb', 'a.ipynb');
    made.publisher.setCurrent('b.ipynb');
    made.publisher.update();
    await flushPromises();
    expect(made.api.bodiesOf('inspect')).toEqual([]);
    made.publisher.isPanelOpen = () => true;
    made.publisher.update();
    await flushPromises();
    expect(made.api.bodiesOf<NotebookRequest>('inspect').map(each => each.path)).toEqual([
      'b.ipynb'
    ]);
  });

  it('what was opened then is read when it is turned to', async () => {
    const made = createPublisher();
    made.publisher.isPanelOpen = () => false;
    await made.publisher.connect();
    made.publisher.setCurrent('a.ipynb');
    made.publisher.setCurrent('b.ipynb');
    made.publisher.isPanelOpen = () => true;
    made.publisher.setCurrent('a.ipynb');
    await flushPromises();
    expect(made.api.bodiesOf<NotebookRequest>('inspect').map(each => each.path)).toEqual([
      'a.ipynb'
    ]);
  });

  it('a publish that runs is followed', async () => {
    const made = createPublisher(api => {
      api.allJobs = [job({ state: 'running' })];
      api.polls = [job({ state: 'running' })];
    });
    made.publisher.isPanelOpen = () => false;
    made.publisher.setCurrent('sales.ipynb');
    await made.publisher.connect();
    await flushPromises();
    expect(made.publisher.state('sales.ipynb')).toBe('publishing');
    expect(made.api.bodiesOf('inspect')).toEqual([]);
  });
});

describe('the Publish button', () => {
  const publishes = ({ api }: ITestPublisher): number => api.bodiesOf('publish').length;

  it('does nothing until Jupyter has restored its workspace', async () => {
    const made = createPublisher();
    made.publisher.setCurrent('sales.ipynb');
    await made.publisher.connect();
    await made.host.endPauses();
    show(made);
    await click('Publish');
    expect(publishes(made)).toBe(0);
    await act(() => made.host.restore());
    await click('Publish');
    expect(publishes(made)).toBe(1);
  });

  it('does nothing just after the panel changed to another notebook', async () => {
    const made = await connectedPublisher();
    show(made);
    await act(async () => {
      made.publisher.setCurrent('other.ipynb');
      await flushPromises();
    });
    await click('Publish');
    fireEvent.keyDown(screen.getByRole('textbox', { name: 'Title' }), { key: 'Enter' });
    await made.publisher.current?.publish();
    expect(publishes(made)).toBe(0);
    await act(() => made.host.endPauses());
    await click('Publish');
    expect(made.api.bodiesOf<NotebookRequest>('publish')[0].path).toBe('other.ipynb');
  });

  it('waits from the last of several changes on', async () => {
    const made = await connectedPublisher();
    made.publisher.setCurrent('a.ipynb');
    made.publisher.setCurrent('sales.ipynb');
    const [first, second] = made.host.takePauses();
    first();
    await flushPromises();
    expect(made.publisher.acceptsPublish).toBe(false);
    second();
    await flushPromises();
    expect(made.publisher.acceptsPublish).toBe(true);
  });

  it('is not covered by a message about another notebook', async () => {
    const made = await connectedPublisher();
    made.publisher.notices.isPanelVisible = () => true;
    show(made);
    const run = (): unknown => made.host.calls.push('ran');
    act(() =>
      made.publisher.notices.show({
        kind: 'success',
        message: 'Done.',
        actions: [{ label: 'Open content', run }]
      })
    );
    expect(screen.getByText('Done.')).toBeTruthy();
    await click('Open content');
    expect(made.host.calls).toContain('ran');
    expect(screen.queryByText('Done.')).toBeNull();
  });
});

describe('after a publish', () => {
  it('links to the readers’ page and the dashboard', async () => {
    const done = job({ state: 'done', events: LOG.slice(0, 1) });
    const made = await connectedPublisher(api => {
      api.inspection = inspection({ last: 'j1', target: 'g1', publications: [PUBLICATION] });
      api.polls = [done];
    });
    show(made);
    const link = (name: RegExp): string | null =>
      screen.getByRole('link', { name }).getAttribute('href');
    expect(link(/Open content/)).toBe(DEPLOYMENT.url);
    expect(link(/Open in dashboard/)).toBe(DEPLOYMENT.dashboard_url);
    const publish = screen.getByRole('button', { name: 'Publish' });
    expect(publish.getAttribute('aria-disabled')).toBe('false');
  });

  it('as draft links to the draft', async () => {
    const result = { ...DEPLOYMENT, draft_url: 'https://connect.acme.com/preview/g1' };
    show(
      await connectedPublisher(api => {
        api.inspection = inspection({ last: 'j1' });
        api.polls = [job({ state: 'done', result })];
      })
    );
    expect(screen.getByText('Published as draft')).toBeTruthy();
    expect(screen.getByRole('link', { name: /Open draft/ }).getAttribute('href')).toBe(
      result.draft_url
    );
  });

  it('never links to anything but web pages', async () => {
    const result = { ...DEPLOYMENT, url: 'javascript:alert(1)' };
    show(
      await connectedPublisher(api => {
        api.inspection = inspection({ last: 'j1' });
        api.polls = [job({ state: 'done', result })];
      })
    );
    expect(screen.getByText('Open content').getAttribute('href')).toBeNull();
  });

  it('that failed shows one alert, the log as text, and the panel usable again', async () => {
    const data = { remains: 'Readers keep what they have.' };
    const error = { code: 'task-failed', message: 'The notebook failed.', hint: 'Fix it.', data };
    const made = await connectedPublisher(api => {
      api.inspection = inspection({ last: 'j1' });
      api.polls = [job({ state: 'failed', events: LOG, error })];
    });
    const node = show(made);
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain('The notebook failed.');
    expect(alert.textContent).toContain('Fix it.');
    expect(alert.textContent).toContain('Readers keep what they have.');
    expect(screen.getByRole('log').textContent).toContain('<b>no</b>');
    expect(node.querySelector('.jp-rsc-failing')?.textContent).toBe('ValueError: <b>no</b>');
    expect(failingLines(made.publisher.current!.activity)).toEqual([]);
    made.api.published = job({ id: 'j2' });
    await click('Try again');
    expect(made.api.bodiesOf<NotebookRequest>('publish')).toHaveLength(1);
  });

  it('searches the log', async () => {
    show(
      await connectedPublisher(api => {
        api.inspection = inspection({ running: 'j1' });
        api.polls = [job({ events: LOG.slice(0, 2) })];
      })
    );
    await click('Search the log');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'valueerror' } });
    expect(screen.getByRole('log').children).toHaveLength(1);
  });
});

describe('states', () => {
  it('without a server ask for one, and show errors beside the field', async () => {
    const made = await connectedPublisher(api => {
      api.list = serverList();
      api.inspection = inspection({ servers: [], server: null });
      api.added = refusal(422, { code: 'sign-in-failed', message: 'Wrong key.' });
    });
    show(made);
    await flushPromises();
    const type = (name: string, value: string): unknown =>
      fireEvent.change(screen.getByLabelText(name), { target: { value } });
    type('Address', 'acme.com');
    await click('Use an API key instead');
    type('API key', 'wrong');
    await click('Add server');
    expect(screen.getByLabelText('API key').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('Wrong key.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Start the sandbox' })).toBeTruthy();
  });

  it('that close the server’s form leave the focus at the server', async () => {
    show(await connectedPublisher());
    await click('Add server');
    expect(document.activeElement?.id).toBe('jp-rsc-address');
    await click('Back');
    expect(document.activeElement?.id).toBe('jp-rsc-server');
  });

  it('without any server that the administrator allows say whom to ask', async () => {
    const made = await connectedPublisher(api => {
      api.list = { ...serverList(), locked: true };
      api.inspection = inspection({ servers: [], server: null });
    });
    show(made);
    expect(screen.getByText(/Your administrator manages the servers/)).toBeTruthy();
    expect(screen.getByText('No server to publish to.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Add server' })).toBeNull();
    const publish = screen.getByRole('button', { name: 'Publish' });
    expect(publish.getAttribute('aria-disabled')).toBe('true');
    expect(made.publisher.servers.canAdd).toBe(false);
  });

  it('of an administrator’s server without a key let one enter a key, and nothing else', async () => {
    const acme = { ...SERVER, origin: 'configuration' as const, has_key: false, user: null };
    const fixed = { ...acme, key_place: 'none' as const, editable: false, removable: false };
    const made = await connectedPublisher(api => {
      api.list = { ...serverList(fixed), locked: true };
    });
    show(made);
    expect(screen.getByText('Sign in, or edit the server to add an API key.')).toBeTruthy();
    await click('Edit server');
    expect(screen.getByRole('textbox', { name: 'Address' })).toHaveProperty('disabled', true);
    expect(screen.queryByRole('button', { name: /Connection/ })).toBeNull();
    fireEvent.change(screen.getByLabelText('API key'), { target: { value: 'mine' } });
    await click('Save server');
    expect(made.api.bodiesOf('change')).toEqual([{ name: 'acme', body: { api_key: 'mine' } }]);
  });

  it('show when a key ends or a sign-in has ended, as far as the server tells', async () => {
    const about = (): string => document.getElementById('jp-rsc-server-hint')?.textContent ?? '';
    const made = await connectedPublisher(api => {
      api.list = serverList({ ...SERVER, expires: 4070908800 });
    });
    show(made);
    expect(about()).toMatch(/^API key stored in the system keyring · expires on .*2099/);
    made.api.list = serverList({ ...SERVER, credential: 'session', expires: 1000000000 });
    await act(() => made.publisher.refresh());
    expect(about()).toMatch(/^Signed in; .* · expired on .*2001/);
  });

  it('of a server that cannot be used show the reason', async () => {
    const problem = 'This is Connect in Snowflake, which is not supported.';
    const made = await connectedPublisher(api => {
      api.list = serverList({ ...SERVER, has_key: false, key_editable: false, problem }, OTHER);
    });
    show(made);
    expect(screen.getByText(problem)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Edit server' })).toBeNull();
  });

  it('of a list of servers that did not come offer to try again', async () => {
    const made = await connectedPublisher(
      api => (api.list = refusal(500, { message: 'The list is broken.' }))
    );
    show(made);
    expect(screen.getByText('The list is broken.')).toBeTruthy();
    made.api.list = serverList(SERVER);
    await click('Try again');
    expect(screen.queryByText('The list is broken.')).toBeNull();
    made.api.list = refusal(500, { message: 'The list is broken.' });
    await act(() => made.publisher.refresh());
    expect(screen.getByRole('combobox', { name: 'Server' })).toHaveProperty('value', 'acme');
  });

  it('of a failed look at the notebook offer to try again', async () => {
    const made = await connectedPublisher(api => {
      api.inspection = refusal(422, { code: 'notebook-not-json', message: 'Broken.' });
    });
    show(made);
    expect(screen.getByRole('alert').textContent).toContain('Broken.');
    made.api.inspection = inspection();
    await click('Try again');
    expect(screen.getByRole('button', { name: 'Publish' })).toBeTruthy();
  });

  it('of a notebook that was deleted still show the result of its publish', async () => {
    const made = await connectedPublisher(api => {
      api.polls = [job({ state: 'done' })];
    });
    show(made);
    made.api.inspection = refusal(404, { message: 'There is no such notebook.' });
    await click('Publish');
    expect(screen.getByText('There is no such notebook.')).toBeTruthy();
    expect(screen.getByRole('link', { name: /Open content/ })).toBeTruthy();
  });

  it('have nothing for axe to object to', async () => {
    const findings = (['error', 'warning', 'info', 'unknown'] as const).map(severity => ({
      severity,
      code: severity,
      message: severity,
      hint: 'Do.'
    }));
    const node = show(
      await connectedPublisher(api => {
        api.inspection = inspection({ last: 'j1', findings });
        api.polls = [job({ state: 'failed', events: LOG })];
      })
    );
    const sections = ['Hide code', 'Files', 'Python', 'More options', 'Environment variables'];
    for (const name of [...sections, 'Add variable']) {
      await click(name);
    }
    const { violations } = await axe.run(node, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } }
    });
    expect(violations.map(each => `${each.id}: ${each.nodes[0].html}`)).toEqual([]);
  }, 60_000);
});
