/** What one click does about a finding or a failure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Finding, Mode } from '../api';
import type { IHost } from './host';
import type { IServices } from './services';
import type { IContentItem, IForm, IProblem, Target } from './state';

export type Fix = NonNullable<Finding['fix']>;

/** The choices of a notebook that a fix can change. */
interface IFixable {
  readonly path: string;
  choose(part: Partial<IForm>): void;
  chooseTarget(target: Target): void;
  chooseMode(mode: Mode): void;
  chooseFiles(paths: readonly string[], included: boolean): void;
  chooseRequirements(lines: readonly string[], included: boolean): void;
  pinRequirements(lines: readonly string[]): void;
  editVariable(name: string): Promise<void>;
  refresh(): Promise<void>;
}

type FixAction = (notebook: IFixable, fix: Fix, host: IHost) => void | Promise<void>;

const MODES: readonly string[] = ['jupyter-static', 'static', 'jupyter-voila', 'quarto-static'];

const toNew: FixAction = notebook => notebook.chooseTarget({ kind: 'new' });

/** Update a content that the fix describes, else publish as new content. */
const toTarget: FixAction = (notebook, fix, host) => {
  const item = contentOf(fix);
  return item ? notebook.chooseTarget({ kind: 'content', ...item }) : toNew(notebook, fix, host);
};

const ACTIONS: Readonly<Record<string, FixAction>> = {
  'add-file': (notebook, fix) => notebook.chooseFiles(texts(fix.value), true),
  'remove-file': (notebook, fix) => notebook.chooseFiles(texts(fix.value), false),
  'add-requirement': (notebook, fix) => notebook.chooseRequirements(texts(fix.value), true),
  'pin-requirements': (notebook, fix) => notebook.pinRequirements(texts(fix.value)),
  'remove-requirement': (notebook, fix) => notebook.chooseRequirements(texts(fix.value), false),
  'set-kernel': async (notebook, fix, host) => {
    await host.chooseKernel(notebook.path, String(fix.value));
    await host.save(notebook.path);
    await notebook.refresh();
  },
  'set-mode': (notebook, fix) => {
    if (MODES.includes(String(fix.value))) {
      notebook.chooseMode(fix.value as Mode);
    }
  },
  'set-title': (notebook, fix) => notebook.choose({ title: String(fix.value ?? '') }),
  'set-requirements': (notebook, fix) =>
    notebook.choose({ requirements: String(fix.value ?? 'auto') }),
  'set-target': toTarget,
  'publish-as-new': toNew,
  'set-variable': (notebook, fix) => notebook.editVariable(String(fix.value ?? '')),
  save: async (notebook, _, host) => {
    await host.save(notebook.path);
    await notebook.refresh();
  },
  'run-all': async (notebook, _, host) => {
    await host.run(notebook.path);
    await host.save(notebook.path);
    await notebook.refresh();
  },
  'run-cell': async (notebook, fix, host) => {
    await host.run(notebook.path, typeof fix.value === 'number' ? fix.value : undefined);
    await host.save(notebook.path);
    await notebook.refresh();
  }
};

/** True when the panel knows how to do it. */
export function canFix(fix: Fix | null | undefined): fix is Fix {
  return !!fix && (fix.action in ACTIONS || fix.action === 'overwrite');
}

/** Apply the fix; false when it failed, which has then been shown. */
export async function applyFix(
  notebook: IFixable,
  fix: Fix,
  { host, notices }: Pick<IServices, 'host' | 'notices'>
): Promise<boolean> {
  const act = ACTIONS[fix.action];
  try {
    await act?.(notebook, fix, host);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    notices.show({ kind: 'error', message });
    return false;
  }
  return !!act;
}

/** The fix that comes with a failure, null when there is none that the panel knows. */
export function fixOf(problem: IProblem): Fix | null {
  const fix = problem.data?.fix as Partial<Fix> | null | undefined;
  const whole = typeof fix?.action === 'string' && typeof fix.label === 'string';
  return whole && canFix(fix as Fix) ? (fix as Fix) : null;
}

/** The button's text in the author's language, the server part's own where we have none. */
export function fixLabel(fix: Fix, trans: TranslationBundle): string {
  switch (fix.action) {
    case 'save':
      return trans.__('Save');
    case 'run-all':
      return trans.__('Run all cells');
    case 'set-target':
      return contentOf(fix) ? fix.label : trans.__('Publish as new content');
    case 'publish-as-new':
      return trans.__('Publish as new content');
    case 'overwrite':
      return trans.__('Overwrite');
    case 'set-variable':
      return trans.__('Set value');
    case 'pin-requirements': {
      const lines = texts(fix.value);
      return lines.length === 1
        ? trans.__('Pin %1', lines[0])
        : trans._n('Pin %1 package', 'Pin %1 packages', lines.length, lines.length);
    }
    case 'remove-requirement':
      return trans.__('Remove %1', texts(fix.value).join(', '));
    default:
      return fix.label;
  }
}

/** The button's text where the publish is tried again after it, unless something must be entered first. */
export function retryLabel(fix: Fix, trans: TranslationBundle): string {
  const label = fixLabel(fix, trans);
  return fix.action === 'overwrite' || fix.action === 'set-variable'
    ? label
    : trans.__('%1 and try again', label);
}

/** The content that a fix offers to update; null when it offers new content. */
function contentOf(fix: Fix): IContentItem | null {
  const item = fix.value as Partial<Record<keyof IContentItem, unknown>> | null | undefined;
  if (typeof item !== 'object' || typeof item?.guid !== 'string') {
    return null;
  }
  const [title, mode, owner, time] = [item.title, item.mode, item.owner, item.time].map(each =>
    String(each ?? '')
  );
  return { guid: item.guid, title, mode, owner, time, here: false };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}
