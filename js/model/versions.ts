/** The versions of the content that the panel shows: read page by page, when the section is open. */

import type { ContentVersion, ContentVersions } from '../api';
import { problemOf } from './problems';
import { type IContentOf, SectionModel } from './sectionModel';

/** The log of one version's runs. */
export interface IRunLog {
  readonly version: string;
  /** Null while it is read. */
  readonly text: string | null;
}

export class VersionsModel extends SectionModel<ContentVersions> {
  log: IRunLog | null = null;

  /** Read the next page. */
  async more(): Promise<void> {
    const { state } = this;
    if (state.kind === 'ready' && !this.busy) {
      const { of, now } = state;
      await this.attempt(async () => {
        const next = await this.api.contentVersions(of.server, of.guid, now.page + 1);
        // A version made meanwhile moves the pages: the last of one comes again with the next.
        const known = new Set(now.versions.map(each => each.id));
        const added = next.versions.filter(each => !known.has(each.id));
        this.keep(of, { ...next, versions: [...now.versions, ...added] });
      });
    }
  }

  /** A publish ended, or a version was restored: readers see this one now. */
  async activated(id: string): Promise<void> {
    const { state } = this;
    if (state.kind !== 'ready') {
      return;
    }
    const { of, now } = state;
    if (!now.versions.some(each => each.id === id)) {
      await this.reload();
      return;
    }
    const stateOf = (each: ContentVersion): ContentVersion['state'] =>
      each.id === id ? 'active' : each.state === 'active' ? 'earlier' : each.state;
    const versions = now.versions.map(each => ({ ...each, state: stateOf(each) }));
    this.keep(of, { ...now, versions, active: id });
  }

  /** Delete a version. */
  async remove(id: string): Promise<void> {
    const { state } = this;
    if (state.kind === 'ready') {
      const { of, now } = state;
      await this.attempt(async () => {
        await this.api.deleteVersion(of.server, of.guid, id);
        this.keep(of, { ...now, versions: now.versions.filter(each => each.id !== id) });
      });
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

  protected read({ server, guid }: IContentOf): Promise<ContentVersions> {
    return this.api.contentVersions(server, guid, 1);
  }

  protected override reset(): void {
    super.reset();
    this.log = null;
  }
}
