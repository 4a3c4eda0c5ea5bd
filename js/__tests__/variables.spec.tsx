/** Environment variables as the panel shows them: what the code reads, what the server has, what is set. */

import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { pastedVariables } from '../model/variables';
import { inspection, type ITestPublisher, PUBLICATION } from './fixtures';
import { click, shownPublisher } from './shownPanel';

const FINDING = {
  severity: 'warning' as const,
  code: 'variable-not-set',
  message: 'The code needs the environment variable KEY.',
  hint: '',
  fix: { action: 'set-variable', label: 'Set value', value: 'KEY' }
};

function shown(): Promise<ITestPublisher> {
  return shownPublisher(api => {
    api.inspection = inspection({
      target: 'g1',
      publications: [PUBLICATION],
      findings: [FINDING],
      variables: [
        { name: 'KEY', optional: false, where: { cell: 1 } },
        { name: 'URL', optional: false, where: { cell: 2 } },
        { name: 'REGION', optional: true, where: { cell: 2 } }
      ]
    });
    api.variableNames = ['OLD', 'URL'];
  });
}

function statuses(): Record<string, string | undefined> {
  const items = [...document.querySelectorAll<HTMLElement>('.jp-rsc-known-variable')];
  return Object.fromEntries(
    items.map(each => [each.querySelector('code')?.textContent, each.dataset.status])
  );
}

describe('environment variables', () => {
  it('are set, missing, optional or not used; the server is asked when the section is opened', async () => {
    const { api } = await shown();
    expect(api.bodiesOf('variables')).toEqual([]);
    await click('Environment variables');
    expect(api.bodiesOf('variables')).toEqual(['g1']);
    expect(statuses()).toEqual({ KEY: 'missing', URL: 'set', REGION: 'optional', OLD: 'unused' });
    expect(screen.getByText('1 missing')).toBeTruthy();
  });

  it('are set and deleted at once; no value stays', async () => {
    const { api, publisher } = await shown();
    await click('Set value'); // the fix of the finding
    fireEvent.change(screen.getByLabelText('Value of KEY'), { target: { value: 'secret-1' } });
    await click('Delete OLD');
    api.variableNames = ['KEY', 'URL'];
    await click('Set now');
    expect(api.bodiesOf('change variables')).toEqual([{ env: { KEY: 'secret-1', OLD: null } }]);
    expect(statuses()).toEqual({ KEY: 'set', URL: 'set', REGION: 'optional' });
    expect(JSON.stringify(publisher.current?.form)).not.toContain('secret-1');
    expect(document.body.innerHTML).not.toContain('secret-1');
  });

  it('are pasted as several lines', async () => {
    const { publisher } = await shown();
    await click('Environment variables');
    await click('Add variable');
    const text = '# mine\nKEY="a b"\n\nexport URL=https://x/?a=b\n';
    fireEvent.paste(screen.getByLabelText('Variable name'), {
      clipboardData: { getData: () => text }
    });
    expect(publisher.current?.form.variables.map(each => [each.name, each.value])).toEqual([
      ['KEY', 'a b'],
      ['URL', 'https://x/?a=b']
    ]);
    expect(pastedVariables('just a name')).toEqual([]);
  });
});
