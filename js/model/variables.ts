/** Environment variables of the content: names that the code reads, and names that the server has. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi, VariableUse } from '../api';
import { problemOf } from './problems';
import type { IProblem, IVariable } from './state';
import { type IContentOf, placeOf } from './versions';

/** Null names: new content, which has none, or they are not known. */
export type VariablesState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IContentOf }
  | { readonly kind: 'failed'; readonly of: IContentOf; readonly problem: IProblem }
  | { readonly kind: 'ready'; readonly of: IContentOf | null; readonly names: readonly string[] };

export type VariableStatus = 'set' | 'missing' | 'optional' | 'unused' | 'unknown';

/** One name of the section. */
export interface IKnownVariable {
  readonly name: string;
  readonly status: VariableStatus;
  readonly use: VariableUse | null;
}

export class VariablesModel {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly changed: () => void
  ) {}

  state: VariablesState = { kind: 'closed' };
  /** What could not be set. */
  problem: IProblem | null = null;
  applying = false;

  /** Read the names on the server, unless they are of this content and there already. */
  async open(of: IContentOf | null): Promise<void> {
    const now = this.state;
    if (!of) {
      this.set({ kind: 'ready', of, names: [] });
    } else if (now.kind === 'closed' || now.kind === 'failed' || placeOf(now.of) !== placeOf(of)) {
      this.problem = null;
      this.set({ kind: 'loading', of });
      await this.read(of);
    }
  }

  async reload(): Promise<void> {
    if (this.state.kind !== 'closed' && this.state.of) {
      await this.read(this.state.of);
    }
  }

  close(): void {
    this.set({ kind: 'closed' });
  }

  /** Set and delete on the server at once; true when that went well. Values are not kept here. */
  async apply(of: IContentOf, variables: readonly IVariable[]): Promise<boolean> {
    this.problem = null;
    this.applying = true;
    this.changed();
    const env = Object.fromEntries(
      variables.map(each => [each.name.trim(), each.remove ? null : each.value])
    );
    try {
      const { names } = await this.api.changeVariables(of.server, of.guid, { env });
      this.set({ kind: 'ready', of, names });
    } catch (error) {
      this.problem = problemOf(error, this.trans);
    }
    this.applying = false;
    this.changed();
    return !this.problem;
  }

  private async read(of: IContentOf): Promise<void> {
    let next: VariablesState;
    try {
      next = { kind: 'ready', of, names: (await this.api.variables(of.server, of.guid)).names };
    } catch (error) {
      next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
    }
    const now = this.state;
    if (now.kind !== 'closed' && placeOf(now.of) === placeOf(of)) {
      this.set(next);
    }
  }

  private set(state: VariablesState): void {
    this.state = state;
    this.changed();
  }
}

/** What is known of each name, those that the code reads first. Pure. */
export function knownVariables(
  uses: readonly VariableUse[],
  state: VariablesState
): readonly IKnownVariable[] {
  const names = state.kind === 'ready' ? state.names : null;
  const read = uses.map((use): IKnownVariable => {
    const absent: VariableStatus = use.optional ? 'optional' : 'missing';
    const status = names === null ? 'unknown' : names.includes(use.name) ? 'set' : absent;
    return { name: use.name, status, use };
  });
  const others = (names ?? []).filter(name => !uses.some(each => each.name === name));
  return [...read, ...others.map(name => ({ name, status: 'unused' as const, use: null }))];
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/;

/** The variables of pasted lines `KEY=value`; empty unless each line is one, a comment, or empty. Pure. */
export function pastedVariables(text: string): IVariable[] {
  const lines = text
    .split(/\r?\n/)
    .filter(line => line.trim() && !line.trim().startsWith('#'))
    .map(line => LINE.exec(line));
  return lines.every(found => found !== null)
    ? lines.map(([, name, value]) => ({
        name,
        value: value.replace(/^(['"])(.*)\1$/, '$2'),
        remove: false,
        sent: false
      }))
    : [];
}

/** Variables with others added; of the same name the newer one stays. Pure. */
export function withVariables(
  before: readonly IVariable[],
  added: readonly IVariable[]
): readonly IVariable[] {
  const names = new Set(added.map(each => each.name));
  return [...before.filter(each => each.name && !names.has(each.name)), ...added];
}
