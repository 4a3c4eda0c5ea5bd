/** Writing manifest.json beside the notebook, for publishing from Git. */

import { ApiError, type Inspection } from '../api';
import { inspectBody } from './form';
import { problemOf } from './problems';
import type { IForm, Loaded } from './state';
import type { IServices } from './services';

/** What a manifest is written from. */
interface IManifestSource {
  readonly path: string;
  readonly form: IForm;
  readonly inspection: Loaded<Inspection>;
}

/** Save the notebook and write its manifest; asks before it replaces one. */
export async function writeManifest(
  source: IManifestSource,
  services: IServices,
  replace = false
): Promise<void> {
  const { api, host, notices, trans } = services;
  const { form, inspection, path } = source;
  try {
    await host.save(path);
    const { written } = await api.writeManifest({
      ...inspectBody(path, form, inspection.kind === 'ready' ? inspection.value : null),
      replace_files: replace
    });
    notices.show({ kind: 'success', message: trans.__('Wrote %1.', written.join(', ')) });
  } catch (error) {
    const mayAsk = !replace && error instanceof ApiError && error.problem.code === 'files-exist';
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
