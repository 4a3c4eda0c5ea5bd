/** What one click does about a finding. */

import type { Finding, Mode } from '../api';
import type { NotebookModel } from './notebook';
import type { IDesk } from './desk';

type Fix = NonNullable<Finding['fix']>;
type Act = (notebook: NotebookModel, fix: Fix, desk: IDesk) => void | Promise<void>;

const MODES: readonly string[] = ['jupyter-static', 'static', 'jupyter-voila', 'quarto-static'];

const ACTS: Readonly<Record<string, Act>> = {
  'add-file': (notebook, fix) => notebook.chooseFiles(texts(fix.value), true),
  'remove-file': (notebook, fix) => notebook.chooseFiles(texts(fix.value), false),
  'set-mode': (notebook, fix) => {
    if (MODES.includes(String(fix.value))) {
      notebook.chooseMode(fix.value as Mode);
    }
  },
  'set-title': (notebook, fix) => notebook.choose({ title: String(fix.value ?? '') }),
  'set-requirements': (notebook, fix) =>
    notebook.choose({ requirements: String(fix.value ?? 'auto') }),
  'new-content': notebook => notebook.chooseTarget({ kind: 'new' }),
  save: async (notebook, _, desk) => {
    await desk.save(notebook.path);
    await notebook.refresh();
  },
  'run-all': async (notebook, _, desk) => {
    await desk.run(notebook.path);
    await desk.save(notebook.path);
    await notebook.refresh();
  },
  'run-cell': async (notebook, fix, desk) => {
    await desk.run(notebook.path, typeof fix.value === 'number' ? fix.value : undefined);
    await desk.save(notebook.path);
    await notebook.refresh();
  }
};

/** True when the panel knows how to do it. */
export function canFix(finding: Finding): boolean {
  return !!finding.fix && finding.fix.action in ACTS;
}

/** Do what the finding's button says. */
export async function applyFix(
  notebook: NotebookModel,
  finding: Finding,
  { desk }: { readonly desk: IDesk }
): Promise<void> {
  if (finding.fix && canFix(finding)) {
    await ACTS[finding.fix.action](notebook, finding.fix, desk);
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}
