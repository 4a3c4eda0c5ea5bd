/** What the sections about content on the server do alike: open, read, fail, and close, each by itself. */

import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { IntegrationsModel } from '../model/integrations';
import { ReadersModel } from '../model/readers';
import { RunsModel } from '../model/runs';
import { ScheduleModel } from '../model/schedule';
import { VariablesModel } from '../model/variables';
import { VersionsModel } from '../model/versions';
import { FakeApi, FakeHost, inspection, PUBLICATION, refusal, trans } from './fixtures';
import { click, shownPublisher } from './shownPanel';

const OF = { server: 'acme', guid: 'g1' };
const OTHER = { server: 'acme', guid: 'g2' };
const FAILURE = refusal(502, { message: 'The server is not responding.', hint: 'Wait.' });

interface ISection {
  readonly state: { readonly kind: string };
  open(of: typeof OF): Promise<void>;
  reload(): Promise<void>;
  close(): void;
}

type Create = (api: FakeApi, changed: () => void) => ISection;

const MODELS: readonly (readonly [title: string, route: string, create: Create])[] = [
  ['Versions', 'versions', (api, changed) => new VersionsModel(api, trans, changed)],
  ['Schedule', 'schedule', (api, changed) => new ScheduleModel(api, trans, changed)],
  ['Integrations', 'integrations', (api, changed) => new IntegrationsModel(api, trans, changed)],
  ['Readers', 'readers', (api, changed) => new ReadersModel(api, trans, changed)],
  ['Environment variables', 'variables', (api, changed) => new VariablesModel(api, trans, changed)],
  [
    'Runs',
    'runs',
    (api, changed) => new RunsModel(api, trans, changed, new FakeHost(), () => 'sales.ipynb')
  ]
];

describe.each(MODELS)('%s', (title, route, create) => {
  function made(): { api: FakeApi; model: ReturnType<Create>; asked: () => number } {
    const api = new FakeApi();
    const model = create(api, () => undefined);
    return { api, model, asked: () => api.bodiesOf(route).length };
  }

  it('is read once for each content, and not after it was closed', async () => {
    const { model, asked } = made();
    await model.reload();
    expect(asked()).toBe(0);
    await Promise.all([model.open(OF), model.open(OF)]);
    expect(model.state).toMatchObject({ kind: 'ready', of: OF });
    expect(asked()).toBe(1);
    await model.open(OTHER);
    await model.reload();
    expect(asked()).toBe(3);
    model.close();
    await model.reload();
    expect([model.state.kind, asked()]).toEqual(['closed', 3]);
  });

  it('says why it could not be read, and reads again when it is opened again', async () => {
    const { api, model } = made();
    api.failures[route] = FAILURE;
    await model.open(OF);
    expect(model.state).toMatchObject({ kind: 'failed', problem: FAILURE.problem });
    api.failures = {};
    await model.open(OF);
    expect(model.state.kind).toBe('ready');
  });

  it.each([
    ['answer', {}],
    ['failure', { [route]: FAILURE }]
  ])('drops the %s about the content before', async (_, failures) => {
    const { api, model } = made();
    api.failures = failures;
    const first = model.open(OF);
    api.failures = {};
    await Promise.all([first, model.open(OTHER)]);
    expect(model.state).toMatchObject({ kind: 'ready', of: OTHER });
  });

  it('shows the failure with a button to try again', async () => {
    const { api } = await shownPublisher(each => {
      const publication = { ...PUBLICATION, mode: 'jupyter-static' as const };
      each.inspection = inspection({ target: 'g1', publications: [publication] });
      each.failures[route] = FAILURE;
    });
    await click(title);
    expect(screen.getByRole('alert').textContent).toContain('The server is not responding.');
    api.failures = {};
    await click('Try again');
    expect(screen.queryByRole('alert')).toBeNull();
    await click(title);
    expect(screen.getByRole('button', { name: title }).ariaExpanded ?? 'false').toBe('false');
  });
});
