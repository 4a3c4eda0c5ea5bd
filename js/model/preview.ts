/** The page that readers would see: made without a run for a finished document, else taken from a rehearsal. */

import type { ISignal } from '@lumino/signaling';

import {
  ApiError,
  type Inspection,
  type Look,
  type RehearsalJob,
  type RehearsalRequest
} from '../api';
import type { IPreviewTab } from './host';
import type { IServices } from './services';
import type { Activity, Loaded } from './state';

/** How long one look at a page that is being made may take, seconds. */
const WAIT = 15;

/** As much of a notebook's model as a preview needs. */
interface IPreviewed {
  readonly path: string;
  readonly isPage: boolean;
  readonly activity: Activity;
  readonly inspection: Loaded<Inspection>;
  readonly changed: ISignal<unknown, unknown>;
  readonly changes: { readonly mark: unknown };
  refresh(): Promise<void>;
  rehearsalBody(inspection: Inspection): RehearsalRequest;
  compareWithPublished(): Promise<void>;
}

/** The id of a notebook's one preview. */
export function previewId(path: string): string {
  return `rsconnect-jupyter-preview-${path}`;
}

export function previewTab(notebook: IPreviewed, services: IServices): IPreviewTab {
  const { api, trans } = services;
  let shown: string | null = null;
  const id = async (): Promise<string> => {
    const { activity } = notebook;
    const kept = activity.kind === 'rehearsed' && activity.rehearsal.page ? activity.job : shown;
    return notebook.isPage || !kept ? makePage(notebook, services) : kept;
  };
  return {
    id: previewId(notebook.path),
    title: trans.__('Preview of %1', notebook.path.split('/').pop() ?? notebook.path),
    load: async () => {
      const job = (shown = await id());
      return (look: Look | null) => api.rehearsalPage(job, look);
    },
    changed: notebook.changed,
    compare: () => (notebook.changes.mark ? () => void notebook.compareWithPublished() : null)
  };
}

/** Have the page of a finished document made, and return the id of the rehearsal that did. */
async function makePage(notebook: IPreviewed, { api, trans }: IServices): Promise<string> {
  const failed = (problem: RehearsalJob['error']): ApiError => {
    const message = trans.__('The page could not be made.');
    return new ApiError('problem', 422, problem ?? { code: 'no-page', message, hint: '' });
  };
  if (notebook.inspection.kind !== 'ready') {
    await notebook.refresh();
  }
  const { inspection } = notebook;
  if (inspection.kind !== 'ready') {
    throw failed(inspection.kind === 'failed' ? inspection.problem : null);
  }
  const body = notebook.rehearsalBody(inspection.value);
  const ended = async (id: string): Promise<RehearsalJob> => {
    let job = await api.readRehearsal(id, 0, WAIT);
    while (!job.finished) {
      job = await api.readRehearsal(id, job.last, WAIT);
    }
    return job;
  };
  for (;;) {
    try {
      const job = await ended((await api.rehearse(body)).id);
      if (!job.result?.page) {
        throw failed(job.error);
      }
      return job.id;
    } catch (error) {
      const running = error instanceof ApiError ? error.problem.data?.id : undefined;
      if (!(error instanceof ApiError) || error.problem.code !== 'job-running' || !running) {
        throw error;
      }
      await ended(String(running)); // of what was saved before: the next one shows what is saved now
    }
  }
}
