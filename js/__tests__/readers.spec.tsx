/** Readers as the panel shows them, and what is sent of what was chosen. */

import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ContentReaders } from '../api';
import {
  changeLines,
  readerChanges,
  readersSentence,
  shownReaders,
  withReader,
  withTag
} from '../model/readerChoices';
import { EMPTY_FORM, type IForm } from '../model/state';
import {
  connectedPublisher,
  flushPromises,
  inspection,
  type ITestPublisher,
  job,
  PUBLICATION,
  READERS,
  refusal,
  trans
} from './fixtures';
import { click, show } from './shownPanel';

beforeEach(() => void vi.useFakeTimers({ shouldAdvanceTime: true }));
afterEach(() => void vi.useRealTimers());

async function shown(
  prepare: (api: ITestPublisher['api']) => void = () => undefined
): Promise<ITestPublisher> {
  const made = await connectedPublisher(api => {
    api.inspection = inspection({ target: 'g1', publications: [PUBLICATION] });
    api.published = job();
    prepare(api);
  });
  show(made);
  return made;
}

async function later(): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(400));
  await flushPromises();
}

describe('the section', () => {
  it('reads when it is opened, and says who may read it', async () => {
    const { api } = await shown();
    expect(api.bodiesOf('readers')).toEqual([]);
    expect(api.bodiesOf('tags')).toEqual([]);
    await click('Readers');
    expect(api.bodiesOf('readers')).toEqual([{ server: 'acme', guid: 'g1' }]);
    expect(screen.getByText('Visible to 1 person')).toBeDefined();
  });

  it('finds people with the keyboard and applies at once', async () => {
    const { api } = await shown();
    await click('Readers');
    const field = screen.getByRole('combobox', { name: 'Add people or groups' });
    fireEvent.change(field, { target: { value: 'a' } });
    await later();
    expect(api.bodiesOf('people')).toEqual([{ server: 'acme', text: 'a', page: 1 }]);
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(screen.getByText('Visible to 1 person and 1 group')).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Everyone, no sign-in' }));
    expect(screen.getByText('Public, no sign-in')).toBeDefined();
    await click('Apply');
    expect(api.bodiesOf('change readers')).toEqual([
      { path: 'sales.ipynb', access: 'all', share_with: ['group:Friends'] }
    ]);
    expect(screen.queryByRole('button', { name: 'Apply' })).toBeNull();
  });

  it('shows a chosen person by the full name, as the search did', async () => {
    await shown();
    await click('Readers');
    const field = screen.getByRole('combobox', { name: 'Add people or groups' });
    fireEvent.change(field, { target: { value: 'a' } });
    await later();
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(screen.getByText('Viewer: Ada Lovelace')).toBeDefined();
    expect(screen.getByRole('combobox', { name: 'What Ada Lovelace may do' })).toBeDefined();
  });

  it('goes with the publish when something else was chosen, too', async () => {
    const { api, publisher } = await shown();
    await click('Readers');
    fireEvent.click(screen.getByRole('radio', { name: 'Everyone signed in' }));
    fireEvent.change(screen.getByRole('textbox', { name: 'Title' }), {
      target: { value: 'Other' }
    });
    await later();
    expect(screen.queryByRole('button', { name: 'Apply' })).toBeNull();
    const asked = api.bodiesOf<Record<string, unknown>>('inspect');
    expect(asked.some(each => 'access' in each)).toBe(false);
    await act(() => publisher.current?.publish() ?? Promise.resolve());
    expect(api.bodiesOf<Record<string, unknown>>('publish')[0]).toMatchObject({
      access: 'logged_in',
      title: 'Other'
    });
  });

  it('checks an address while it is typed', async () => {
    const { api } = await shown(each => {
      each.vanity = { path: '', problem: 'It has characters that it cannot have.', free: null };
    });
    await click('Readers');
    const field = screen.getByRole('textbox', { name: 'Vanity URL' });
    fireEvent.change(field, { target: { value: 'a b' } });
    await later();
    expect(api.bodiesOf('vanity')).toEqual([{ server: 'acme', path: 'a b', guid: 'g1' }]);
    expect(screen.getByText('It has characters that it cannot have.')).toBeDefined();
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByRole('button', { name: 'Apply' }).hasAttribute('disabled')).toBe(true);
    api.vanity = { path: '/team/', problem: '', free: true };
    fireEvent.change(field, { target: { value: 'team' } });
    await later();
    expect(screen.getByText('/team/ is free.')).toBeDefined();
  });

  it('says in words what was refused, and does not ask again', async () => {
    const { api } = await shown();
    api.changedReaders = {
      readers: READERS,
      findings: [
        {
          severity: 'warning',
          code: 'setting-refused',
          message: 'The vanity URL was not changed: you may not.',
          hint: '',
          where: { field: 'vanity' }
        }
      ]
    };
    await click('Readers');
    const field = screen.getByRole('textbox', { name: 'Vanity URL' });
    fireEvent.change(field, { target: { value: 'team' } });
    await later();
    await click('Apply');
    expect(screen.getByRole('alert').textContent).toContain('you may not');
    expect(screen.queryByRole('textbox', { name: 'Vanity URL' })).toBeNull();
    expect(screen.getByText('On this server only administrators choose addresses.')).toBeDefined();
  });

  it('has text instead of controls for who may change nothing', async () => {
    await shown(api => {
      api.contentReaders = { ...READERS, may_change: false, access: 'logged_in' };
    });
    await click('Readers');
    expect(screen.getByText('Visible to everyone signed in')).toBeDefined();
    expect(screen.getByText('Only collaborators can change this.')).toBeDefined();
    expect(screen.queryByRole('radio', { name: 'Everyone signed in' })).toBeNull();
  });

  it('keeps what was chosen when it could not be applied', async () => {
    const { api } = await shown();
    api.changedReaders = refusal(400, { message: 'No such user.' });
    await click('Readers');
    fireEvent.click(screen.getByRole('radio', { name: 'Everyone signed in' }));
    expect(screen.getByText('Who may read it: Everyone signed in')).toBeDefined();
    await click('Apply');
    expect(screen.getByRole('alert').textContent).toContain('No such user.');
    expect(screen.getByRole('button', { name: 'Apply' })).toBeDefined();
    await click('Undo the changes of readers');
    expect(screen.queryByRole('button', { name: 'Apply' })).toBeNull();
  });

  it('shows the figures of the notebook to choose the thumbnail from', async () => {
    const { api, publisher } = await shown();
    const data = 'R0lGODlhAQABAAAAADs=';
    api.figureList = {
      figures: [1, 3].map(number => ({ number, media_type: 'image/gif', data }) as const)
    };
    await click('Readers');
    expect(api.bodiesOf('figures')).toEqual([]);
    const select = screen.getByRole('combobox', { name: 'Thumbnail' });
    fireEvent.change(select, { target: { value: 'first-figure' } });
    await later();
    expect(api.bodiesOf('figures')).toEqual(['sales.ipynb']);
    const first = screen.getByRole('radio', { name: 'Figure 1' });
    expect((first as HTMLInputElement).checked).toBe(true);
    fireEvent.click(screen.getByRole('radio', { name: 'Figure 3' }));
    expect(publisher.current?.form.thumbnail).toBe('figure-3');
    expect(screen.getByText('Thumbnail: figure 3 of the notebook')).toBeDefined();
    fireEvent.change(select, { target: { value: '' } });
    expect(screen.queryByRole('radio', { name: 'Figure 1' })).toBeNull();
  });

  it('reads nothing about new content but the tags', async () => {
    const { api } = await shown(each => {
      each.inspection = inspection();
    });
    await click('Readers');
    expect(api.bodiesOf('readers')).toEqual([]);
    await click('Choose tags');
    fireEvent.click(screen.getByRole('checkbox', { name: 'Sales' }));
    expect(screen.getByText('Departments/Sales')).toBeDefined();
    expect(screen.getByText('Set before the new content can be seen.')).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Apply' })).toBeNull();
  });
});

describe('choices', () => {
  const ben = { kind: 'user', name: 'ben' } as const;
  const chosen = (part: Partial<IForm>): IForm => ({ ...EMPTY_FORM, ...part });

  it('say only what differs from the server', () => {
    const removed = chosen(withReader(READERS, EMPTY_FORM, ben, 'none'));
    expect(readerChanges(removed)).toEqual({ share_with: ['!user:ben'] });
    expect(shownReaders(READERS, removed)[0]).toMatchObject({ removed: true, changed: true });
    const raised = chosen(withReader(READERS, removed, ben, 'owner'));
    expect(readerChanges(raised)).toEqual({ collaborators: ['user:ben'] });
    expect(readerChanges(chosen(withReader(READERS, raised, ben, 'viewer')))).toEqual({});
    const tagged = chosen(withTag(READERS, EMPTY_FORM, 'Departments/Finance', false));
    expect(readerChanges(tagged)).toEqual({ tags: ['!Departments/Finance'] });
    expect(readerChanges(chosen(withTag(READERS, tagged, 'Departments/Finance', true)))).toEqual(
      {}
    );
  });

  it('are listed as what changes', () => {
    const more = withReader(READERS, EMPTY_FORM, { kind: 'user', name: 'ada' }, 'owner');
    const gone = withReader(READERS, chosen(more), ben, 'none');
    const form = chosen({ ...more, ...gone, access: 'all', vanity: '', tags: ['A/B', '!A/C'] });
    expect(changeLines(READERS, { ...form, thumbnail: 'first-figure' }, trans)).toEqual([
      'Who may read it: Everyone, no sign-in',
      'Permission removed: Ben Bell',
      'Collaborator: ada',
      'Tag added: A/B',
      'Tag removed: A/C',
      'Vanity URL: none',
      'Thumbnail: figure 1 of the notebook'
    ]);
    const shared = chosen({ share_with: ['user:ada'] });
    expect(changeLines(null, shared, trans)).toEqual([
      'Who may read it: Only chosen people and groups',
      'Viewer: ada'
    ]);
    expect(changeLines(READERS, EMPTY_FORM, trans)).toEqual([]);
  });

  it.each<[Partial<ContentReaders>, string]>([
    [{ access: 'all' }, 'Public, no sign-in'],
    [{ access: 'logged_in' }, 'Visible to everyone signed in'],
    [{ readers: [] }, 'Visible to the owner only'],
    [{ readers: null }, 'Visible to chosen people'],
    [{ access: 'of the future' }, '']
  ])('%o is said in one sentence', (part, sentence) => {
    expect(readersSentence({ ...READERS, ...part }, EMPTY_FORM, trans)).toBe(sentence);
  });
});
