/** Who may read the content that the panel shows: read when the section is open, chosen in the form. */

import type { ContentReaders, Finding, PeoplePage, ReaderChanges, Tag, VanityCheck } from '../api';
import { problemOf } from './problems';
import { typed } from './readerChoices';
import type { IProblem } from './state';
import { type IDestination, SectionModel } from './sectionModel';

const PAUSE = 300;

export interface IReadersAndTags {
  /** Null for new content. */
  readonly readers: ContentReaders | null;
  /** All that the server has. */
  readonly tags: readonly Tag[];
}

export type PeopleState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'searching'; readonly people: PeoplePage['people'] }
  | {
      readonly kind: 'found';
      readonly text: string;
      readonly people: PeoplePage['people'];
      readonly more: boolean;
      readonly page: number;
    }
  | { readonly kind: 'failed'; readonly problem: IProblem };

/** What is known about the address that was typed last. */
export interface IVanityState {
  readonly text: string;
  /** Null while the server is asked. */
  readonly check: VanityCheck | null;
}

export class ReadersModel extends SectionModel<IReadersAndTags, IDestination> {
  people: PeopleState = { kind: 'closed' };
  vanity: IVanityState | null = null;
  /** What the server refused of the last change. */
  refused: readonly Finding[] = [];

  /** A found person's full name, by the name in the form; empty for others. */
  fullName(server: string, name: string): string {
    return this.fullNames.get(`${server}\n${name}`) ?? '';
  }

  override close(): void {
    this.endSearch();
    super.close();
  }

  /** Change it at once; true when that was done, perhaps but for what the server refused. */
  async apply(changes: ReaderChanges): Promise<boolean> {
    const { state } = this;
    if (state.kind !== 'ready' || !state.of.guid || this.busy) {
      return false;
    }
    const { of, now } = state;
    const { server, guid } = state.of;
    return this.attempt(async () => {
      const { readers, findings } = await this.api.changeReaders(server, guid, changes);
      this.vanity = null;
      this.refused = findings;
      this.keep(of, { ...now, readers });
    });
  }

  /** Look for users and groups whose names begin so. */
  search(server: string, text: string, pause = PAUSE): void {
    this.cancelSearch();
    const people = 'people' in this.people ? this.people.people : [];
    this.people = { kind: 'searching', people };
    this.changed();
    this.timer = setTimeout(() => void this.find(server, text, 1, []), pause);
  }

  /** Show the next page of that search. */
  async morePeople(server: string): Promise<void> {
    const now = this.people;
    if (now.kind === 'found' && now.more) {
      await this.find(server, now.text, now.page + 1, now.people);
    }
  }

  endSearch(): void {
    this.cancelSearch();
    this.people = { kind: 'closed' };
    this.changed();
  }

  /** Check an address, shortly after the last key. */
  checkVanity(of: IDestination, text: string): void {
    clearTimeout(this.vanityTimer);
    this.vanity = text.trim() ? { text, check: null } : null;
    this.changed();
    if (this.vanity) {
      this.vanityTimer = setTimeout(() => void this.askVanity(of, text), PAUSE);
    }
  }

  dispose(): void {
    this.cancelSearch();
    clearTimeout(this.vanityTimer);
  }

  protected async read({ server, guid }: IDestination): Promise<IReadersAndTags> {
    const [readers, { tags }] = await Promise.all([
      guid ? this.api.readers(server, guid) : null,
      this.api.tags(server)
    ]);
    return { readers, tags };
  }

  protected override reset(): void {
    super.reset();
    this.vanity = null;
    this.refused = [];
  }

  private async find(
    server: string,
    text: string,
    page: number,
    before: PeoplePage['people']
  ): Promise<void> {
    const number = (this.searches += 1);
    let next: PeopleState;
    try {
      const { people, more } = await this.api.people(server, text.trim(), page);
      people.forEach(each => this.fullNames.set(`${server}\n${typed(each)}`, each.full_name));
      next = { kind: 'found', text, people: [...before, ...people], more, page };
    } catch (error) {
      next = { kind: 'failed', problem: problemOf(error, this.trans) };
    }
    if (number === this.searches) {
      this.people = next;
      this.changed();
    }
  }

  private async askVanity({ server, guid }: IDestination, text: string): Promise<void> {
    let check: VanityCheck;
    try {
      check = await this.api.checkVanity(server, text, guid);
    } catch (error) {
      check = { path: '', problem: problemOf(error, this.trans).message, free: null };
    }
    if (this.vanity?.text === text) {
      this.vanity = { text, check };
      this.changed();
    }
  }

  private cancelSearch(): void {
    clearTimeout(this.timer);
    this.searches += 1;
  }

  private timer: ReturnType<typeof setTimeout> | undefined;
  private vanityTimer: ReturnType<typeof setTimeout> | undefined;
  private searches = 0;
  private readonly fullNames = new Map<string, string>();
}
