/** What a notebook's model is given to work with. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi } from '../api';
import type { IHost } from './host';
import type { IPreferences } from './state';

export interface IServices {
  readonly api: IApi;
  readonly host: IHost;
  readonly trans: TranslationBundle;
  preferences(): IPreferences;
}
