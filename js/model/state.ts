/** The state of the model: unions, so that no two states can show at once. */

import type {
  ContentHit,
  Deployment,
  Inspection,
  Mode,
  NotebookRequest,
  Publication,
  Rehearsal,
  ApiProblem
} from '../api';
import type { IProgress } from './progress';
import type { Connection } from './jobPolling';

/** What went wrong, in the author's language: one sentence of what happened, one of what to do. */
export type IProblem = ApiProblem;

/** A value that is requested and may fail. */
export type Loaded<Value> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: Value }
  | { readonly kind: 'failed'; readonly problem: IProblem };

/** The options that the form sends as they are. */
export type FormOptions = { readonly mode?: Mode } & Readonly<
  Omit<
    NotebookRequest,
    'path' | 'server' | 'unsaved' | 'update' | 'new' | 'mode' | 'env' | 'overwrite'
  >
>;

/** What the author chose; an option that is undefined was not chosen. */
export interface IForm extends FormOptions {
  readonly server: string | null;
  readonly target: Target | null;
  readonly variables: readonly IVariable[];
}

/** An environment variable for the content. Its value is kept only until it has been sent. */
export interface IVariable {
  readonly name: string;
  readonly value: string;
  /** Delete the variable from the content instead. */
  readonly remove: boolean;
  /** The value was sent and is no longer known here. */
  readonly sent: boolean;
}

export const EMPTY_FORM: IForm = { server: null, target: null, variables: [] };

/** Where to publish: new content, or a content on the server to update. */
export type Target = { readonly kind: 'new' } | ({ readonly kind: 'content' } & IContentItem);

/** As much of a content as the form shows; made from a publication or from a search hit. */
export interface IContentItem {
  readonly guid: string;
  readonly title: string;
  /** Connect's `app_mode`; "unknown" before the first deploy, which leaves every mode open. */
  readonly mode: string;
  readonly owner: string;
  readonly time: string;
  readonly here: boolean;
}

/** The content on the server that the author searches for. */
export type Search =
  | { readonly kind: 'closed' }
  | { readonly kind: 'searching'; readonly text: string; readonly hits: readonly ContentHit[] }
  | {
      readonly kind: 'found';
      readonly text: string;
      readonly hits: readonly ContentHit[];
      readonly more: boolean;
    }
  | { readonly kind: 'failed'; readonly text: string; readonly problem: IProblem };

/** What the notebook's publishing does right now, or how it ended. */
export type Activity =
  | { readonly kind: 'idle' }
  | { readonly kind: 'saving' }
  | {
      readonly kind: 'publishing';
      readonly job: string;
      readonly server: string;
      readonly title: string;
      readonly progress: IProgress;
      readonly connection: Connection;
      readonly stopping: boolean;
    }
  | {
      readonly kind: 'rehearsing';
      readonly job: string;
      readonly progress: IProgress;
      readonly connection: Connection;
      readonly stopping: boolean;
    }
  | {
      readonly kind: 'rehearsed';
      readonly job: string;
      readonly rehearsal: Rehearsal;
      readonly progress: IProgress;
    }
  | {
      readonly kind: 'done';
      readonly job: string;
      readonly deployment: Deployment;
      readonly progress: IProgress;
    }
  | {
      readonly kind: 'failed';
      readonly job: string | null;
      readonly problem: IProblem;
      readonly progress: IProgress | null;
      readonly cancelled: boolean;
      /** True when it was no publish. */
      readonly rehearsal: boolean;
    };

/** What the form shows: the author's choices where there are some, else what is remembered or the default. */
export interface IFormValues {
  readonly server: string | null;
  readonly target: Target;
  readonly title: string;
  readonly titleTyped: boolean;
  readonly mode: Mode;
  readonly publication: Publication | null;
}

/** Everything known of one notebook. */
export interface INotebookState {
  readonly path: string;
  readonly inspection: Loaded<Inspection>;
  readonly refreshing: boolean;
  readonly form: IForm;
  readonly search: Search;
  /** A content of the same title on the server: offered, never forced. */
  readonly sameTitle: ContentHit | null;
  readonly activity: Activity;
}

/** Preferences of `schema/plugin.json`. */
export interface IPreferences {
  readonly defaultServer: string;
  readonly defaultMode: string;
  readonly openLogOnFailure: boolean;
  readonly confirmOverwrite: boolean;
  readonly toolbarButton: boolean;
  readonly gitMetadata: boolean;
  /** Ask the running kernel which packages it has, whenever a notebook is looked at. */
  readonly askKernel: boolean;
  readonly rehearseFirst: boolean;
}

export const PREFERENCES: IPreferences = {
  defaultServer: '',
  defaultMode: 'remembered',
  openLogOnFailure: true,
  confirmOverwrite: true,
  toolbarButton: true,
  gitMetadata: true,
  askKernel: false,
  rehearseFirst: false
};
