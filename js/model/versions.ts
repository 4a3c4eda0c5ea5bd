/** The versions of the content that the panel shows: read page by page, when the section is open. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentVersion, IApi } from '../api';
import { problemOf } from './problems';
import type { IProblem } from './state';

/** A content on a server. */
export interface IContentOf {
  readonly server: string;
  readonly guid: string;
}

/** Where a publish goes: a content on a server; without GUID it is new. */
export interface IDestination {
  readonly server: string;
  readonly guid: string | null;
}

/** Which content it is, as a text: the same for the same content, empty for none. */
export function placeOf(of: IDestination | null): string {
  return of ? `${of.server}\n${of.guid ?? ''}` : '';
}

export type VersionsState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IContentOf }
  | { readonly kind: 'failed'; readonly of: IContentOf; readonly problem: IProblem }
  | {
      readonly kind: 'ready';
      readonly of: IContentOf;
      readonly versions: readonly ContentVersion[];
      readonly page: number;
      readonly more: boolean;
      readonly active: string;
      readonly loadingMore: boolean;
    };

/** The log of one version's runs. */
export interface IRunLog {
  readonly version: string;
  /** Null while it is read. */
  readonly text: string | null;
}

export class VersionsModel {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly changed: () => void
  ) {}

  state: VersionsState = { kind: 'closed' };
  log: IRunLog | null = null;

  /** Read the first page, unless it is of this content and there already. */
  async open(of: IContentOf): Promise<void> {
    const now = this.state;
    if (now.kind === 'closed' || now.kind === 'failed' || placeOf(now.of) !== placeOf(of)) {
      this.log = null;
      this.set({ kind: 'loading', of });
      await this.read(of, 1, []);
    }
  }

  /** Read the first page again. */
  async reload(): Promise<void> {
    if (this.state.kind !== 'closed') {
      await this.read(this.state.of, 1, []);
    }
  }

  close(): void {
    this.log = null;
    this.set({ kind: 'closed' });
  }

  /** Read the next page. */
  async more(): Promise<void> {
    const now = this.state;
    if (now.kind === 'ready' && now.more && !now.loadingMore) {
      this.set({ ...now, loadingMore: true });
      await this.read(now.of, now.page + 1, now.versions);
    }
  }

  /** A publish ended, or a version was restored: readers see this one now. */
  async activated(id: string): Promise<void> {
    const now = this.state;
    if (now.kind !== 'ready') {
      return;
    }
    if (!now.versions.some(each => each.id === id)) {
      await this.reload();
      return;
    }
    const stateOf = (each: ContentVersion): ContentVersion['state'] =>
      each.id === id ? 'active' : each.state === 'active' ? 'earlier' : each.state;
    const versions = now.versions.map(each => ({ ...each, state: stateOf(each) }));
    this.set({ ...now, versions, active: id });
  }

  /**
   * Delete a version.
   *
   * @throws ApiError when it could not be deleted.
   */
  async remove(id: string): Promise<void> {
    const now = this.state;
    if (now.kind === 'ready') {
      await this.api.deleteVersion(now.of.server, now.of.guid, id);
      this.set({ ...now, versions: now.versions.filter(each => each.id !== id) });
    }
  }

  /** Show the log of a version's runs, or put it away. */
  async toggleLog(version: string): Promise<void> {
    const now = this.state;
    if (this.log?.version === version || now.kind !== 'ready') {
      this.log = null;
      this.changed();
      return;
    }
    this.log = { version, text: null };
    this.changed();
    let text: string;
    try {
      const { lines } = await this.api.runLog(now.of.server, now.of.guid, version);
      text = lines.join('\n') || this.trans.__('The server keeps no log of this version.');
    } catch (error) {
      text = problemOf(error, this.trans).message;
    }
    if (this.log?.version === version) {
      this.log = { version, text };
      this.changed();
    }
  }

  private async read(
    of: IContentOf,
    page: number,
    before: readonly ContentVersion[]
  ): Promise<void> {
    let next: VersionsState;
    try {
      const found = await this.api.contentVersions(of.server, of.guid, page);
      const { more, active } = found;
      // A version made meanwhile moves the pages: the last of one comes again with the next.
      const known = new Set(before.map(each => each.id));
      const versions = [...before, ...found.versions.filter(each => !known.has(each.id))];
      next = { kind: 'ready', of, versions, page, more, active, loadingMore: false };
    } catch (error) {
      next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
    }
    const now = this.state;
    if (now.kind !== 'closed' && placeOf(now.of) === placeOf(of)) {
      this.set(next);
    }
  }

  private set(state: VersionsState): void {
    this.state = state;
    this.changed();
  }
}
