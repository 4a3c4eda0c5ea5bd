/** Whether readers see what a notebook is now: asked after each save, and of the server when the author comes back. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ChangeState, IApi } from '../api';

/** What a mark says; null for a notebook that has none. */
export type Mark = 'up-to-date' | 'changed' | 'updated';

export class ChangesModel {
  constructor(
    private readonly api: IApi,
    private readonly path: () => string,
    private readonly changed: () => void
  ) {}

  /** Null until it is known. */
  state: ChangeState | null = null;

  get mark(): Mark | null {
    return this.state ? markOf(this.state) : null;
  }

  /** Look again; `ask` has the server asked, at most once a minute. What cannot be found out stays as it was. */
  async look(ask: boolean): Promise<void> {
    const number = (this.looks += 1);
    try {
      const state = await this.api.changes({ path: this.path(), ask });
      if (number === this.looks) {
        this.state = state;
        this.changed();
      }
    } catch {
      // The panel says what is wrong with Jupyter or with the notebook.
    }
  }

  private looks = 0;
}

function markOf({ state }: ChangeState): Mark | null {
  return state === 'up-to-date' || state === 'changed' || state === 'updated' ? state : null;
}

/** A mark in words. */
export function markText(state: ChangeState | null, trans: TranslationBundle): string | null {
  switch (state && markOf(state)) {
    case 'up-to-date':
      return trans.__('Published · up to date');
    case 'changed':
      return trans.__('Unpublished changes');
    case 'updated':
      return state?.by ? trans.__('Updated by %1', state.by) : trans.__('Updated by someone else');
    default:
      return null;
  }
}
