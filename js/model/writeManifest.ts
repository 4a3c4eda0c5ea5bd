/** Writing manifest.json beside the notebook, for publishing from Git. */

import { ApiError } from '../api';
import { problemOf } from './problems';
import type { IForm, IFormValues } from './state';
import type { IServices } from './services';

/** What a manifest is written from. */
interface IManifestSource {
  readonly path: string;
  readonly form: IForm;
  readonly values: IFormValues | null;
}

/** Save the notebook and write its manifest; asks before it replaces one. */
export async function writeManifest(
  source: IManifestSource,
  services: IServices,
  overwrite = false
): Promise<void> {
  const { api, host, notices, trans } = services;
  const { form, path, values } = source;
  try {
    await host.save(path);
    const { written } = await api.writeManifest({
      path,
      ...(values && { mode: values.mode, title: values.title, hide_input: values.hideInput }),
      ...(form.files && { files: [...form.files] }),
      ...(form.propose !== null && { propose: form.propose }),
      ...(form.requirements && { requirements: form.requirements }),
      overwrite
    });
    notices.show({ kind: 'success', message: trans.__('Wrote %1.', written.join(', ')) });
  } catch (error) {
    const mayAsk = !overwrite && error instanceof ApiError && error.problem.code === 'files-exist';
    if (!mayAsk) {
      notices.show({ kind: 'error', message: problemOf(error, trans).message });
    } else if (await confirmed(error, services)) {
      await writeManifest(source, services, true);
    }
  }
}

async function confirmed(error: ApiError, { host, trans }: IServices): Promise<boolean> {
  const existing = error.problem.data?.existing;
  const names = Array.isArray(existing) ? existing.join(', ') : 'manifest.json';
  return host.confirm({
    title: trans.__('Replace %1?', names),
    body: trans.__('The new file is made from the options in the panel.'),
    accept: trans.__('Replace')
  });
}
