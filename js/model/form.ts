/** From what is known and what was chosen to what the form shows and the request says. Pure. */

import type {
  ContentHit,
  FileCandidate,
  Inspection,
  Mode,
  NotebookRequest,
  OptionSource,
  Publication,
  ServerInfo
} from '../api';
import {
  EMPTY_FORM,
  type FormOptions,
  type IContentItem,
  type IForm,
  type IFormValues,
  type IPreferences,
  type IVariable,
  type Target
} from './state';

/** What the form shows. */
export function formValues(form: IForm, inspection: Inspection): IFormValues {
  const server = serverShown(form, inspection);
  const earlier = publicationsOn(server, inspection);
  const target = targetShown(form, server, inspection, earlier);
  const publication = publicationOf(target, earlier);
  const mode = modeShown(form, target, inspection);
  return {
    server,
    target,
    title: form.title ?? (target.kind === 'content' ? target.title : inspection.title),
    titleTyped: form.title !== undefined,
    mode,
    publication
  };
}

/** The value that the form shows for an option: the author's, else the one that a publish would use. */
export function optionValue<Name extends keyof FormOptions>(
  form: IForm,
  inspection: Inspection,
  name: Name
): FormOptions[Name] {
  const proposed = inspection.options[name]?.value ?? undefined;
  return form[name] ?? (proposed as FormOptions[Name]);
}

/** Where the value comes from. */
export function optionSource(
  form: IForm,
  inspection: Inspection,
  name: keyof FormOptions
): OptionSource['source'] {
  return form[name] === undefined ? (inspection.options[name]?.source ?? 'default') : 'chosen';
}

/** The notebook's earlier publications on the server, newest first. */
export function publicationsOn(
  server: string | null,
  inspection: Inspection
): readonly Publication[] {
  return inspection.publications.filter(each => each.server !== null && each.server === server);
}

/** The known server that the form shows. */
export function serverOf(name: string | null, servers: readonly ServerInfo[]): ServerInfo | null {
  return servers.find(each => each.name === name) ?? null;
}

/** A publication or a hit as an item of "Publish to". */
export function itemOf(content: Publication | ContentHit): IContentItem {
  if ('published_here' in content) {
    return {
      guid: content.guid,
      title: content.title || content.name,
      mode: content.mode,
      owner: content.owner_name.trim(),
      time: content.last_deployed || content.created,
      here: content.published_here
    };
  }
  const { guid, title, mode, user, time } = content;
  return { guid, title, mode, owner: user.trim(), time, here: true };
}

/** The form after choosing where to publish; the title follows unless it was typed. */
export function withTarget(form: IForm, target: Target): IForm {
  const { server, title, variables, draft } = form;
  return { ...EMPTY_FORM, server, title, variables, draft, target };
}

/** The form after choosing a server: choices for another server's content are dropped. */
export function withServer(form: IForm, server: string): IForm {
  return form.server === server
    ? form
    : { ...withTarget(form, { kind: 'new' }), server, target: null };
}

/**
 * The form after choosing a mode. Connect keeps the mode of a content for good, so another mode goes to this
 * notebook's newest publication of that mode, else to new content.
 */
export function withMode(form: IForm, inspection: Inspection, mode: Mode): IForm {
  const now = formValues(form, inspection);
  if (fits(now.target, mode)) {
    return { ...form, mode };
  }
  const earlier = publicationsOn(now.server, inspection).find(each => each.mode === mode);
  const target: Target = earlier ? { kind: 'content', ...itemOf(earlier) } : { kind: 'new' };
  return { ...form, mode, target };
}

/** True when the target can be published to in this mode. */
function fits(target: Target, mode: string): boolean {
  return target.kind === 'new' || target.mode === 'unknown' || target.mode === mode;
}

/** The form after ticking or clearing files; `included` is what they shall be. */
export function withFiles(
  form: IForm,
  inspection: Inspection,
  paths: readonly string[],
  included: boolean
): IForm {
  const kept = (optionValue(form, inspection, 'files') ?? []).filter(
    each => !paths.includes(each) && !paths.includes(each.replace(/^!/, ''))
  );
  const added = paths.map(path => (included ? path : `!${path}`));
  return { ...form, files: [...kept, ...added] };
}

/** The form after adding packages to the requirements, or removing them. */
export function withRequirements(
  form: IForm,
  inspection: Inspection,
  lines: readonly string[],
  included: boolean
): IForm {
  const now = optionValue(form, inspection, 'add_requirements') ?? [];
  const others = now.filter(each => !lines.includes(each));
  return { ...form, add_requirements: included ? [...others, ...lines] : others };
}

/** The form after adding lines with versions, which replace others of the same packages. */
export function withPins(form: IForm, inspection: Inspection, lines: readonly string[]): IForm {
  const now = optionValue(form, inspection, 'add_requirements') ?? [];
  const pinned = lines.map(packageName);
  const others = now.filter(each => !pinned.includes(packageName(each)));
  return { ...form, add_requirements: [...others, ...lines] };
}

/** The package of a requirement line, as PEP 503 compares names. */
function packageName(line: string): string {
  const name = /^[\w.-]+/.exec(line.trim())?.[0] ?? line;
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** What the author's preferences choose: only for notebooks that were never published, what is remembered is stronger. */
export function preferredForm(inspection: Inspection, preferences: IPreferences): Partial<IForm> {
  const { publications, servers, server, modes, mode } = inspection;
  if (publications.length) {
    return {};
  }
  const { defaultServer, defaultMode } = preferences;
  const other = servers.find(each => each.name === defaultServer && each.name !== server);
  const way = modes.find(each => each.mode === defaultMode && each.mode !== mode);
  return {
    ...(other && { server: other.name }),
    ...(way?.available && { mode: way.mode })
  };
}

/** Bytes of the files that go into the bundle. */
export function bundleSize(files: readonly FileCandidate[]): number {
  return files.reduce((sum, file) => sum + (file.included ? file.size : 0), 0);
}

/** What to ask `inspect` for: the choices made so far, but no values of environment variables. */
export function inspectBody(
  path: string,
  form: IForm,
  inspection: Inspection | null
): NotebookRequest {
  const { server } = form;
  const target =
    form.target ?? (inspection && form.mode ? formValues(form, inspection).target : null);
  return {
    path,
    ...(server !== null && { server }),
    ...(target && targetOption(target)),
    ...optionsOf({ ...withoutReaders(form), schedule: undefined })
  };
}

/** Options about readers: the server keeps their values, and nothing of them changes what is published. */
export const READER_OPTIONS = [
  'access',
  'share_with',
  'collaborators',
  'vanity',
  'tags',
  'description',
  'thumbnail'
] as const;

/** The form without what was chosen about readers. */
export function withoutReaders(form: IForm): IForm {
  const others = Object.entries(form).filter(
    ([name]) => !(READER_OPTIONS as readonly string[]).includes(name)
  );
  return Object.fromEntries(others) as unknown as IForm;
}

/** The request that publishes what the form shows. */
export function publishBody(
  path: string,
  form: IForm,
  inspection: Inspection,
  overwrite: boolean
): NotebookRequest {
  const { server, title, mode, target } = formValues(form, inspection);
  const env = form.variables
    .filter(isFilled)
    .map(each => [each.name.trim(), each.remove ? null : each.value]);
  return {
    path,
    ...optionsOf(form),
    ...(server !== null && { server }),
    title: title.trim(),
    mode,
    ...targetOption(target),
    ...(form.schedule && { schedule: withZone(form.schedule) }),
    ...(env.length && { env: Object.fromEntries(env) as NotebookRequest['env'] }),
    ...(overwrite && { overwrite: true })
  };
}

/** A schedule in plain words with the browser's time zone, unless it names one. */
function withZone(schedule: string): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const isWhole = schedule.includes('(') || schedule.trim().toLowerCase() === 'off';
  return isWhole ? schedule : `${schedule.trim()} (${timeZone})`;
}

/** The form after its request was sent: the values of variables are gone. */
export function withoutValues(form: IForm): IForm {
  const variables = form.variables
    .filter(isFilled)
    .map(each => (each.remove ? each : { ...each, value: '', sent: true }));
  return { ...form, variables };
}

/** True when the variable can be sent. */
export function isFilled({ name, sent }: IVariable): boolean {
  return !!name.trim() && !sent;
}

function optionsOf(form: IForm): Partial<NotebookRequest> {
  const { server, target, variables, ...options } = form;
  return { ...options, ...(options.files && { files: [...options.files] }) };
}

function targetOption(target: Target): Partial<NotebookRequest> {
  return target.kind === 'new' ? { new: true } : { update: target.guid };
}

function serverShown(form: IForm, inspection: Inspection): string | null {
  return form.server ?? inspection.server;
}

/** The author's choice, else the server part's; before it has looked at another server, the newest there. */
function targetShown(
  form: IForm,
  server: string | null,
  inspection: Inspection,
  earlier: readonly Publication[]
): Target {
  if (form.target) {
    return form.target;
  }
  const stale = server !== inspection.server;
  const guid = stale ? earlier[0]?.guid : inspection.target;
  const known = earlier.find(each => each.guid === guid);
  if (known) {
    return { kind: 'content', ...itemOf(known) };
  }
  if (stale || inspection.target === 'new') {
    return { kind: 'new' };
  }
  const { title, mode } = inspection;
  return { kind: 'content', guid: inspection.target, title, mode, owner: '', time: '', here: true };
}

function publicationOf(target: Target, earlier: readonly Publication[]): Publication | null {
  if (target.kind === 'new') {
    return null;
  }
  return earlier.find(each => each.guid === target.guid) ?? null;
}

function modeShown(form: IForm, target: Target, inspection: Inspection): Mode {
  const fixed = inspection.modes.find(
    each => target.kind === 'content' && each.mode === target.mode
  );
  return fixed?.mode ?? form.mode ?? inspection.mode;
}
