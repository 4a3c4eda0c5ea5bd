/** Environment variables of the content: names that the code reads, and names that the server has. */

import type { VariableNames, VariableUse } from '../api';
import { type IContentOf, type IDestination, SectionModel } from './sectionModel';
import type { IVariable } from './state';

export type VariableStatus = 'set' | 'missing' | 'optional' | 'unused' | 'unknown';

/** One name of the section. */
export interface IKnownVariable {
  readonly name: string;
  readonly status: VariableStatus;
  readonly use: VariableUse | null;
}

/** The names that the content has on the server; new content has none. */
export class VariablesModel extends SectionModel<VariableNames, IDestination> {
  /** Set and delete on the server at once; true when that went well. Values are not kept here. */
  apply(of: IContentOf, variables: readonly IVariable[]): Promise<boolean> {
    const env = Object.fromEntries(
      variables.map(each => [each.name.trim(), each.remove ? null : each.value])
    );
    return this.attempt(async () =>
      this.keep(of, await this.api.changeVariables(of.server, of.guid, { env }))
    );
  }

  protected async read({ server, guid }: IDestination): Promise<VariableNames> {
    return guid ? this.api.variables(server, guid) : { names: [] };
  }
}

/** What is known of each name, those that the code reads first. Pure. */
export function knownVariables(
  uses: readonly VariableUse[],
  state: VariablesModel['state']
): readonly IKnownVariable[] {
  const names = state.kind === 'ready' ? state.now.names : null;
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
