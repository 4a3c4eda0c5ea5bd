/** A section of the panel about content on a server: read when it is opened, and changed at once. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi } from '../api';
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

/** The destination while no server is known. */
export const NOWHERE: IDestination = { server: '', guid: null };

/** Which content it is, as a text: the same for the same content, empty for none. */
export function placeOf(of: IDestination | null): string {
  return of ? `${of.server}\n${of.guid ?? ''}` : '';
}

export interface IReady<Value, Of> {
  readonly kind: 'ready';
  readonly of: Of;
  /** As the server has it. */
  readonly now: Value;
}

export type SectionState<Value, Of> =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: Of }
  | { readonly kind: 'failed'; readonly of: Of; readonly problem: IProblem }
  | IReady<Value, Of>;

export abstract class SectionModel<Value, Of extends IDestination = IContentOf> {
  constructor(
    protected readonly api: IApi,
    protected readonly trans: TranslationBundle,
    protected readonly changed: () => void
  ) {}

  state: SectionState<Value, Of> = { kind: 'closed' };
  /** Why the last change was not made. */
  problem: IProblem | null = null;
  /** True while a change is made. */
  busy = false;

  /** Read it, unless it is of this content and there already. */
  async open(of: Of): Promise<void> {
    if (!this.isOf(of) || this.state.kind === 'failed') {
      this.reset();
      this.set({ kind: 'loading', of });
      await this.load(of);
    }
  }

  /** Read it again: a publish has ended. */
  async reload(): Promise<void> {
    if (this.state.kind !== 'closed') {
      await this.load(this.state.of);
    }
  }

  close(): void {
    this.reset();
    this.set({ kind: 'closed' });
  }

  /** Ask the server for it. */
  protected abstract read(of: Of): Promise<Value>;

  /** Forget what was about the content that was shown before. */
  protected reset(): void {
    this.problem = null;
  }

  protected async load(of: Of): Promise<void> {
    try {
      this.keep(of, await this.read(of));
    } catch (error) {
      if (this.isOf(of)) {
        this.set({ kind: 'failed', of, problem: problemOf(error, this.trans) });
      }
    }
  }

  /** Make a change; true when that was done, else `problem` says why not. */
  protected async attempt(change: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.problem = null;
    this.changed();
    try {
      await change();
    } catch (error) {
      this.problem = problemOf(error, this.trans);
    }
    this.busy = false;
    this.changed();
    return !this.problem;
  }

  /** Show what the server has now, if the section still shows that content. */
  protected keep(of: Of, now: Value): void {
    if (this.isOf(of)) {
      this.set({ kind: 'ready', of, now });
    }
  }

  protected isOf(of: Of): boolean {
    return this.state.kind !== 'closed' && placeOf(this.state.of) === placeOf(of);
  }

  private set(state: SectionState<Value, Of>): void {
    this.state = state;
    this.changed();
  }
}
