/** OAuth integrations as the panel shows them, and what is sent of what was chosen. */

import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { credentialOwner, withIntegration } from '../model/integrations';
import {
  inspection,
  INTEGRATIONS,
  type ITestPublisher,
  job,
  PUBLICATION,
  refusal
} from './fixtures';
import { click, shownPublisher } from './shownPanel';

function shown(
  prepare: (api: ITestPublisher['api']) => void = () => undefined
): Promise<ITestPublisher> {
  return shownPublisher(api => {
    api.inspection = inspection({ target: 'g1', publications: [PUBLICATION] });
    api.published = job();
    prepare(api);
  });
}

describe('integrations', () => {
  it('are read when the section is opened, by whose credentials they give', async () => {
    const { api } = await shown();
    expect(api.bodiesOf('integrations')).toEqual([]);
    await click('Integrations');
    expect(api.bodiesOf('integrations')).toEqual([{ server: 'acme', guid: 'g1' }]);
    expect(screen.getByText('Whose credentials does the content use?')).toBeTruthy();
    const shared = screen.getByRole('group', {
      name: 'A service account, the same for all readers'
    });
    expect(shared.textContent).toContain('Service Account · snowflake');
    const box = screen.getByRole('checkbox', { name: 'Warehouse' }) as HTMLInputElement;
    expect(box.checked).toBe(true);
    expect(screen.getByText('i1')).toBeTruthy();
    expect(screen.getByRole('group', { name: 'Each reader’s own account' })).toBeTruthy();
    expect(screen.queryByRole('group', { name: 'Other credentials' })).toBeNull();
  });

  it('are applied at once, or go with the publish', async () => {
    const { api, publisher } = await shown();
    await click('Integrations');
    fireEvent.click(screen.getByRole('checkbox', { name: 'Warehouse' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Lake' }));
    await click('Apply the changes of integrations');
    expect(api.bodiesOf('change integrations')).toEqual([{ integrations: ['!i1', 'i2'] }]);
    expect(screen.queryByRole('button', { name: /Apply/ })).toBeNull();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Lake' }));
    await act(() => publisher.current?.publish() ?? Promise.resolve());
    expect(api.bodiesOf('publish')).toMatchObject([{ integrations: ['i2'] }]);
  });

  it('say why they were not changed, and keep the choice', async () => {
    const { api, publisher } = await shown();
    await click('Integrations');
    fireEvent.click(screen.getByRole('checkbox', { name: 'Lake' }));
    api.contentIntegrations = refusal(424, { message: 'The license ended.', hint: 'Renew it.' });
    await click('Apply the changes of integrations');
    expect(screen.getByRole('alert').textContent).toBe('The license ended. Renew it.');
    expect(publisher.current?.form.integrations).toEqual(['i2']);
    await click('Undo the changes of integrations');
    expect(publisher.current?.form.integrations).toBeUndefined();
  });

  it('are text where there are none, or where they may not be changed', async () => {
    const reason = 'The server has no integrations.';
    const { api, publisher } = await shown(each => {
      each.contentIntegrations = { ...INTEGRATIONS, integrations: [], may_change: false, reason };
    });
    await click('Integrations');
    expect(screen.getByText(reason)).toBeTruthy();
    api.contentIntegrations = { ...INTEGRATIONS, may_change: false };
    await act(() => publisher.current?.integrations.reload() ?? Promise.resolve());
    expect(screen.getByText('Only collaborators can change this.')).toBeTruthy();
    expect(screen.getByText('Warehouse')).toBeTruthy();
    expect(screen.queryByText('Lake')).toBeNull();
    expect(screen.queryByRole('checkbox', { name: 'Warehouse' })).toBeNull();
  });

  it('are asked for new content by its server, and not at all for a page', async () => {
    const { api, publisher } = await shown(each => {
      each.inspection = inspection();
    });
    await click('Integrations');
    expect(api.bodiesOf('integrations')).toEqual([{ server: 'acme', guid: null }]);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Lake' }));
    expect(screen.queryByRole('button', { name: /Apply/ })).toBeNull();
    act(() => publisher.current?.chooseMode('static'));
    expect(screen.queryByRole('button', { name: 'Integrations' })).toBeNull();
  });

  it('are named by what differs from the server', () => {
    const [warehouse, lake] = INTEGRATIONS.integrations;
    expect(withIntegration(warehouse, undefined, false)).toEqual(['!i1']);
    expect(withIntegration(warehouse, ['!i1', 'i2'], true)).toEqual(['i2']);
    expect(withIntegration(lake, ['i2'], false)).toBeUndefined();
    const owner = (auth_type: string): string => credentialOwner({ ...lake, auth_type });
    expect(['Viewer', 'service_account', 'Visitor API Key', 'Workload'].map(owner)).toEqual([
      'reader',
      'service-account',
      'connect-account',
      'other'
    ]);
  });
});
