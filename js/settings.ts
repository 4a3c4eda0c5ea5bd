/** The author's preferences, from Jupyter's settings. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { PublisherModel } from './model/publisher';
import { PREFERENCES } from './model/state';
import { PLUGIN_ID } from './tokens';

export async function loadSettings(
  registry: ISettingRegistry | null,
  publisher: PublisherModel
): Promise<void> {
  if (!registry) {
    return;
  }
  try {
    const settings = await registry.load(PLUGIN_ID);
    const read = (): void => {
      publisher.setPreferences({ ...PREFERENCES, ...settings.composite });
    };
    settings.changed.connect(read);
    publisher.keepPreferences = async change => {
      await Promise.all(Object.entries(change).map(([name, value]) => settings.set(name, value)));
    };
    read();
  } catch {
    // Without the schema, as in a hand-made installation, the defaults hold.
  }
}
