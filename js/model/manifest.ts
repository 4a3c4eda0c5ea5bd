/** Writing manifest.json beside the notebook, for publishing from Git. */

import { ApiError } from '../api';
import { problemOf } from './problems';
import type { IForm, IShown } from './state';
import type { ISurroundings } from './surroundings';

/** What a manifest is written from. */
interface IChosen {
  readonly path: string;
  readonly form: IForm;
  readonly shown: IShown | null;
}

/** Save the notebook and write its manifest; asks before it replaces one. */
export async function writeManifest(
  chosen: IChosen,
  around: ISurroundings,
  overwrite = false
): Promise<void> {
  const { api, desk, trans } = around;
  const { form, path, shown } = chosen;
  try {
    await desk.save(path);
    const { written } = await api.writeManifest({
      path,
      ...(shown && { mode: shown.mode, title: shown.title, hide_input: shown.hideInput }),
      ...(form.files && { files: [...form.files] }),
      ...(form.propose !== null && { propose: form.propose }),
      ...(form.requirements && { requirements: form.requirements }),
      overwrite
    });
    desk.notify('success', trans.__('Written: %1.', written.join(', ')), []);
  } catch (error) {
    const mayAsk = !overwrite && error instanceof ApiError && error.problem.code === 'files-exist';
    if (!mayAsk) {
      desk.notify('error', problemOf(error, trans).message, []);
    } else if (await confirmed(error, around)) {
      await writeManifest(chosen, around, true);
    }
  }
}

async function confirmed(error: ApiError, { desk, trans }: ISurroundings): Promise<boolean> {
  const existing = error.problem.data?.existing;
  const names = Array.isArray(existing) ? existing.join(', ') : 'manifest.json';
  return desk.confirm({
    title: trans.__('Replace %1?', names),
    body: trans.__('It is written anew from what the panel shows.'),
    accept: trans.__('Replace')
  });
}
