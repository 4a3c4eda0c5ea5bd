/** What the author chose about readers, over what the server has. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentReaders, Person, Reader, ReaderChanges } from '../api';
import { READER_OPTIONS } from './form';
import type { IForm } from './state';

/** A user or a group as the section shows it. */
export interface IShownReader {
  readonly kind: Reader['kind'];
  readonly name: string;
  readonly fullName: string;
  readonly role: Reader['role'];
  /** Chosen to lose the permission. */
  readonly removed: boolean;
  readonly changed: boolean;
}

type Named = Pick<Person, 'kind' | 'name'>;

/** Gives the full name that belongs to a name in the form; empty where it is not known. */
type FullName = (name: string) => string;

const noFullName: FullName = () => '';

/** Who is permitted, with what was chosen. */
export function shownReaders(
  now: ContentReaders | null,
  form: IForm,
  fullName: FullName = noFullName
): readonly IShownReader[] {
  const viewers = form.share_with ?? [];
  const collaborators = form.collaborators ?? [];
  const known = (now?.readers ?? []).map(each => {
    const name = typed(each);
    const role = collaborators.includes(name)
      ? 'owner'
      : viewers.includes(name)
        ? 'viewer'
        : each.role;
    const removed = viewers.includes(`!${name}`);
    const { kind, full_name: fullName } = each;
    return {
      kind,
      name: each.name,
      fullName,
      role,
      removed,
      changed: removed || role !== each.role
    };
  });
  const added = [...viewers, ...collaborators]
    .filter(text => !text.startsWith('!') && !known.some(each => typed(each) === text))
    .map(text => ({
      kind: text.startsWith('group:') ? ('group' as const) : ('user' as const),
      name: text.replace(/^(user|group):/, ''),
      fullName: fullName(text),
      role: collaborators.includes(text) ? ('owner' as const) : ('viewer' as const),
      removed: false,
      changed: true
    }));
  return [...known, ...added];
}

/** The choices after giving somebody a role, or taking the permission away. */
export function withReader(
  now: ContentReaders | null,
  form: IForm,
  who: Named,
  role: Reader['role'] | 'none'
): Partial<IForm> {
  const name = typed(who);
  const others = (list: readonly string[] | undefined): string[] =>
    (list ?? []).filter(each => each !== name && each !== `!${name}`);
  const before = now?.readers?.find(each => typed(each) === name)?.role ?? 'none';
  const viewers = others(form.share_with);
  const collaborators = others(form.collaborators);
  if (role === before) {
    return listed(viewers, collaborators);
  }
  if (role === 'none') {
    return listed([...viewers, `!${name}`], collaborators);
  }
  return role === 'owner'
    ? listed(viewers, [...collaborators, name])
    : listed([...viewers, name], collaborators);
}

function listed(viewers: string[], collaborators: string[]): Partial<IForm> {
  return {
    share_with: viewers.length ? viewers : undefined,
    collaborators: collaborators.length ? collaborators : undefined
  };
}

/** Which tags the content has, with what was chosen. */
export function shownTags(now: ContentReaders | null, form: IForm): ReadonlySet<string> {
  const chosen = form.tags ?? [];
  const tags = new Set(now?.tags ?? []);
  chosen.forEach(each => {
    if (each.startsWith('!')) {
      tags.delete(each.slice(1));
    } else {
      tags.add(each);
    }
  });
  return tags;
}

/** The choices after putting a tag on the content or taking it off. */
export function withTag(
  now: ContentReaders | null,
  form: IForm,
  path: string,
  wanted: boolean
): Partial<IForm> {
  const others = (form.tags ?? []).filter(each => each !== path && each !== `!${path}`);
  const has = (now?.tags ?? []).includes(path);
  const tags = has === wanted ? others : [...others, wanted ? path : `!${path}`];
  return { tags: tags.length ? tags : undefined };
}

/** What was chosen about readers, as a request says it. */
export function readerChanges(form: IForm): ReaderChanges {
  const chosen = READER_OPTIONS.map(name => [name, form[name]] as const);
  return Object.fromEntries(chosen.filter(([, value]) => value !== undefined)) as ReaderChanges;
}

/** True when something was chosen about readers. */
export function hasReaderChanges(form: IForm): boolean {
  return READER_OPTIONS.some(name => form[name] !== undefined);
}

/** What changes about readers, one line for each change. */
export function changeLines(
  now: ContentReaders | null,
  form: IForm,
  trans: TranslationBundle,
  fullName: FullName = noFullName
): readonly string[] {
  const { access, vanity, description, thumbnail } = form;
  const lines = shownReaders(now, form, fullName)
    .filter(each => each.changed)
    .map(each => readerLine(each, trans));
  for (const each of form.tags ?? []) {
    const removed = each.startsWith('!');
    lines.push(
      removed ? trans.__('Tag removed: %1', each.slice(1)) : trans.__('Tag added: %1', each)
    );
  }
  const shared =
    !now && lines.length && (form.share_with ?? form.collaborators) ? 'acl' : undefined;
  const wanted = access ?? shared;
  return [
    wanted && trans.__('Who may read it: %1', accessText(wanted, trans)),
    ...lines,
    changed(vanity, trans.__('Vanity URL'), trans),
    changed(description, trans.__('Description'), trans),
    changed(thumbnail && thumbnailText(thumbnail, trans), trans.__('Thumbnail'), trans)
  ].filter((line): line is string => !!line);
}

function readerLine(reader: IShownReader, trans: TranslationBundle): string {
  const name = reader.fullName || reader.name;
  if (reader.removed) {
    return trans.__('Permission removed: %1', name);
  }
  return reader.role === 'owner'
    ? trans.__('Collaborator: %1', name)
    : trans.__('Viewer: %1', name);
}

function changed(
  value: string | undefined,
  label: string,
  trans: TranslationBundle
): string | null {
  return value === undefined ? null : trans.__('%1: %2', label, value || trans.__('none'));
}

/** An access type in words. */
export function accessText(access: string, trans: TranslationBundle): string {
  switch (access) {
    case 'acl':
      return trans.__('Only chosen people and groups');
    case 'logged_in':
      return trans.__('Everyone signed in');
    case 'all':
      return trans.__('Everyone, no sign-in');
    default:
      return access;
  }
}

/** A choice of the thumbnail in words. */
export function thumbnailText(choice: string, trans: TranslationBundle): string {
  const figure = figureOf(choice);
  if (choice === 'none') {
    return trans.__('none');
  }
  return figure ? trans.__('figure %1 of the notebook', figure) : choice;
}

/** Which of the notebook's figures a choice of the thumbnail names, from 1; null for none of them. */
export function figureOf(choice: string | undefined): number | null {
  const found = /^(first-figure|figure-([1-9]\d*))$/.exec(choice ?? '');
  return found && Number(found[2] ?? 1);
}

/** Who may read the content, in one sentence; empty when that is not known. */
export function readersSentence(
  now: ContentReaders | null,
  form: IForm,
  trans: TranslationBundle
): string {
  const readers = shownReaders(now, form).filter(each => !each.removed);
  const access = form.access ?? now?.access ?? (readers.length ? 'acl' : '');
  switch (access) {
    case 'all':
      return trans.__('Public, no sign-in');
    case 'logged_in':
      return trans.__('Visible to everyone signed in');
    case 'acl':
      return now && now.readers === null
        ? trans.__('Visible to chosen people')
        : counted(readers, trans);
    default:
      return '';
  }
}

function counted(readers: readonly IShownReader[], trans: TranslationBundle): string {
  const groups = readers.filter(each => each.kind === 'group').length;
  const people = readers.length - groups;
  const named = [
    people ? trans._n('%1 person', '%1 people', people, people) : '',
    groups ? trans._n('%1 group', '%1 groups', groups, groups) : ''
  ].filter(Boolean);
  switch (named.length) {
    case 0:
      return trans.__('Visible to the owner only');
    case 1:
      return trans.__('Visible to %1', named[0]);
    default:
      return trans.__('Visible to %1 and %2', named[0], named[1]);
  }
}

/** How a user or a group is named in a request, where both could have the same name. */
export function typed({ kind, name }: Named): string {
  return `${kind}:${name}`;
}
