/** What a notebook's model is given to work with. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi, ServerInfo } from '../api';
import type { IHost } from './host';
import type { Notices } from './notices';
import type { IPreferences } from './state';

export interface IServices {
  readonly api: IApi;
  readonly host: IHost;
  readonly trans: TranslationBundle;
  readonly notices: Notices;
  /** The known servers. */
  servers(): readonly ServerInfo[];
  preferences(): IPreferences;
  /** Remember a preference in Jupyter's settings. */
  prefer(change: Partial<IPreferences>): Promise<void>;
  /** False while a click on Publish might be meant for another notebook. */
  acceptsPublish(): boolean;
}
