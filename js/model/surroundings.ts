/** What a notebook's model is given to work with. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApi } from '../api';
import type { IDesk } from './desk';
import type { IPreferences } from './state';

export interface ISurroundings {
  readonly api: IApi;
  readonly desk: IDesk;
  readonly trans: TranslationBundle;
  preferences(): IPreferences;
}
