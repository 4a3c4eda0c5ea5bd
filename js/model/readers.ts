/** Who may read the content that the panel shows: read when the section is open, chosen in the form. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  ContentReaders,
  Finding,
  IApi,
  PeoplePage,
  ReaderChanges,
  Tag,
  VanityCheck
} from '../api';
import { problemOf } from './problems';
import type { IProblem } from './state';
import { type IDestination, placeOf } from './versions';

const PAUSE = 300;

export type ReadersState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IDestination }
  | { readonly kind: 'failed'; readonly of: IDestination; readonly problem: IProblem }
  | {
      readonly kind: 'ready';
      readonly of: IDestination;
      /** As the server has it; null for new content. */
      readonly now: ContentReaders | null;
      readonly tags: readonly Tag[];
      readonly applying: boolean;
      /** What the server refused. */
      readonly refused: readonly Finding[];
      readonly problem: IProblem | null;
    };

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

export class ReadersModel {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly changed: () => void
  ) {}

  state: ReadersState = { kind: 'closed' };
  people: PeopleState = { kind: 'closed' };
  vanity: IVanityState | null = null;

  /** Read who may read a content, unless it is this one and known already. */
  async open(of: IDestination): Promise<void> {
    if (!this.isOf(of) || this.state.kind === 'failed') {
      this.vanity = null;
      this.set({ kind: 'loading', of });
      await this.read(of);
    }
  }

  close(): void {
    this.endSearch();
    this.set({ kind: 'closed' });
  }

  /** Read it again: a publish has ended. */
  async reload(): Promise<void> {
    if (this.state.kind !== 'closed') {
      await this.read(this.state.of);
    }
  }

  /** Change it at once; true when that was done, perhaps but for what the server refused. */
  async apply(changes: ReaderChanges): Promise<boolean> {
    const before = this.state;
    if (before.kind !== 'ready' || !before.of.guid || before.applying) {
      return false;
    }
    const { server, guid } = before.of;
    this.set({ ...before, applying: true, problem: null });
    let next: ReadersState;
    try {
      const { readers, findings } = await this.api.changeReaders(server, guid, changes);
      next = { ...before, now: readers, refused: findings, problem: null };
    } catch (error) {
      next = { ...before, problem: problemOf(error, this.trans) };
    }
    if (this.isOf(before.of)) {
      this.vanity = null;
      this.set(next);
    }
    return next.kind === 'ready' && next.problem === null;
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

  private async read(of: IDestination): Promise<void> {
    let next: ReadersState;
    try {
      const { server, guid } = of;
      const [now, { tags }] = await Promise.all([
        guid ? this.api.readers(server, guid) : null,
        this.api.tags(server)
      ]);
      next = { kind: 'ready', of, now, tags, applying: false, refused: [], problem: null };
    } catch (error) {
      next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
    }
    if (this.isOf(of)) {
      this.set(next);
    }
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

  private isOf(of: IDestination): boolean {
    return this.state.kind !== 'closed' && placeOf(this.state.of) === placeOf(of);
  }

  private cancelSearch(): void {
    clearTimeout(this.timer);
    this.searches += 1;
  }

  private set(state: ReadersState): void {
    this.state = state;
    this.changed();
  }

  private timer: ReturnType<typeof setTimeout> | undefined;
  private vanityTimer: ReturnType<typeof setTimeout> | undefined;
  private searches = 0;
}
