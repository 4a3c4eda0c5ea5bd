/** Searches the server for content to update, 300 ms after the last key. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentHit, IApi } from '../api';
import { problemOf } from './problems';
import type { Search } from './state';

const PAUSE = 300;

export class ContentSearch {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly path: () => string,
    private readonly changed: () => void
  ) {}

  state: Search = { kind: 'closed' };

  /** Look for `text` on the server: part of a title, a pasted link, or a GUID. */
  start(server: string, text: string, pause = PAUSE): void {
    this.cancel();
    const hits = this.hitsOn(server);
    this.server = server;
    this.set({ kind: 'searching', text, hits });
    this.timer = setTimeout(() => void this.run(server, text), pause);
  }

  /** What was found on the server last, also while it is searched again. */
  hitsOn(server: string): readonly ContentHit[] {
    return this.server === server && 'hits' in this.state ? this.state.hits : [];
  }

  close(): void {
    this.cancel();
    this.set({ kind: 'closed' });
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.searches += 1;
  }

  private async run(server: string, text: string): Promise<void> {
    const number = (this.searches += 1);
    let state: Search;
    try {
      const { content, more } = await this.api.search(server, text.trim(), this.path());
      state = { kind: 'found', text, hits: content, more };
    } catch (error) {
      state = { kind: 'failed', text, problem: problemOf(error, this.trans) };
    }
    if (number === this.searches) {
      this.set(state);
    }
  }

  private set(state: Search): void {
    this.state = state;
    this.changed();
  }

  private server: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private searches = 0;
}

/** The content of exactly this title that is the author's to change in this mode and was not published from here. */
export function sameTitle(
  hits: readonly ContentHit[],
  title: string,
  mode: string
): ContentHit | null {
  const plain = title.trim().toLowerCase();
  const fitting = hits.filter(
    hit => !hit.published_here && hit.editable && ['unknown', mode].includes(hit.mode)
  );
  return fitting.find(hit => (hit.title ?? hit.name).trim().toLowerCase() === plain) ?? null;
}
