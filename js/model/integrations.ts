/** The OAuth integrations of a server, and which of them the content uses: read when the section is open. */

import type { ContentIntegrations, Integration } from '../api';
import { type IContentOf, type IDestination, SectionModel } from './sectionModel';

/** Whose credentials content gets from an integration. */
export type CredentialOwner = 'reader' | 'service-account' | 'connect-account' | 'other';

export class IntegrationsModel extends SectionModel<ContentIntegrations, IDestination> {
  /** Change at once which of them the content uses; true when that was done. */
  apply(of: IContentOf, integrations: readonly string[]): Promise<boolean> {
    const body = { integrations: [...integrations] };
    return this.attempt(async () =>
      this.keep(of, await this.api.changeIntegrations(of.server, of.guid, body))
    );
  }

  protected read({ server, guid }: IDestination): Promise<ContentIntegrations> {
    return this.api.integrations(server, guid);
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
