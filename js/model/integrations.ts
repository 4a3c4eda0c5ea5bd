/** The OAuth integrations of a server, and which of them the content uses: read when the section is open. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ContentIntegrations, IApi, Integration } from '../api';
import { problemOf } from './problems';
import type { IProblem } from './state';
import { type IContentOf, type IDestination, placeOf } from './versions';

export type IntegrationsState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'loading'; readonly of: IDestination }
  | { readonly kind: 'failed'; readonly of: IDestination; readonly problem: IProblem }
  | { readonly kind: 'ready'; readonly of: IDestination; readonly now: ContentIntegrations };

/** Whose credentials content gets from an integration. */
export type CredentialOwner = 'reader' | 'service-account' | 'connect-account' | 'other';

export class IntegrationsModel {
  constructor(
    private readonly api: IApi,
    private readonly trans: TranslationBundle,
    private readonly changed: () => void
  ) {}

  state: IntegrationsState = { kind: 'closed' };
  /** Why they could not be changed. */
  problem: IProblem | null = null;
  applying = false;

  /** Read them, unless they are of this content and there already. */
  async open(of: IDestination): Promise<void> {
    if (!this.isOf(of) || this.state.kind === 'failed') {
      this.problem = null;
      this.set({ kind: 'loading', of });
      await this.read(of);
    }
  }

  /** Read them again: a publish has ended. */
  async reload(): Promise<void> {
    if (this.state.kind !== 'closed') {
      await this.read(this.state.of);
    }
  }

  close(): void {
    this.set({ kind: 'closed' });
  }

  /** Change at once which of them the content uses; true when that was done. */
  async apply(of: IContentOf, integrations: readonly string[]): Promise<boolean> {
    this.problem = null;
    this.applying = true;
    this.changed();
    try {
      const body = { integrations: [...integrations] };
      const now = await this.api.changeIntegrations(of.server, of.guid, body);
      if (this.isOf(of)) {
        this.state = { kind: 'ready', of, now };
      }
    } catch (error) {
      this.problem = problemOf(error, this.trans);
    }
    this.applying = false;
    this.changed();
    return !this.problem;
  }

  private async read(of: IDestination): Promise<void> {
    let next: IntegrationsState;
    try {
      next = { kind: 'ready', of, now: await this.api.integrations(of.server, of.guid) };
    } catch (error) {
      next = { kind: 'failed', of, problem: problemOf(error, this.trans) };
    }
    if (this.isOf(of)) {
      this.set(next);
    }
  }

  private isOf(of: IDestination): boolean {
    return this.state.kind !== 'closed' && placeOf(this.state.of) === placeOf(of);
  }

  private set(state: IntegrationsState): void {
    this.state = state;
    this.changed();
  }
}

/** Whether the content uses an integration, with what was chosen. Pure. */
export function isChosen(
  { guid, used }: Integration,
  chosen: readonly string[] | undefined = []
): boolean {
  return chosen.includes(guid) || (used && !chosen.includes(`!${guid}`));
}

/** The choices after ticking an integration or clearing it; undefined when nothing differs from the server. Pure. */
export function withIntegration(
  { guid, used }: Integration,
  chosen: readonly string[] | undefined = [],
  wanted: boolean
): readonly string[] | undefined {
  const others = chosen.filter(each => each !== guid && each !== `!${guid}`);
  const all = wanted === used ? others : [...others, wanted ? guid : `!${guid}`];
  return all.length ? all : undefined;
}

/** Whose credentials it gives, by Connect's name of its kind of sign-in. Pure. */
export function credentialOwner({ auth_type }: Integration): CredentialOwner {
  switch (auth_type.toLowerCase().replace(/[^a-z]/g, '')) {
    case 'viewer':
      return 'reader';
    case 'serviceaccount':
      return 'service-account';
    case 'visitorapikey':
      return 'connect-account';
    default:
      return 'other';
  }
}
