/** What the model needs from Jupyter; the plugin provides it, tests use a fake. */

import type { ISignal } from '@lumino/signaling';

import type { KernelQuestion, Look, VersionComparison } from '../api';

export type KernelState = 'none' | 'idle' | 'busy';

/** What a running kernel answered, and the name of its kernelspec. */
export interface IKernelAnswer {
  readonly kernel: string;
  readonly reply: { readonly [key: string]: unknown };
}

/** A place in the author's work: a cell (0-based), a file, a line (1-based), a field of the form. */
export interface IPlace {
  readonly cell?: number;
  readonly cell_id?: string;
  readonly file?: string;
  readonly line?: number;
  readonly field?: string;
}

/** A button of a message. */
export interface IAction {
  readonly label: string;
  readonly run: () => void;
}

/** A message to the author. */
export interface INotice {
  readonly kind: 'success' | 'error' | 'info';
  readonly message: string;
  readonly actions?: readonly IAction[];
  /** The notebook that it is about, when that is not the one in the panel. */
  readonly path?: string;
}

/** A question that interrupts: only before something that cannot be taken back. */
export interface IQuestion {
  readonly title: string;
  readonly body: string;
  readonly accept: string;
}

/** A tab that compares two versions. */
export interface IComparisonTab {
  /** One tab for each comparison. */
  readonly id: string;
  readonly title: string;
  readonly load: () => Promise<VersionComparison>;
}

/** A tab with the page that readers would see. */
export interface IPreviewTab {
  /** One tab for each notebook. */
  readonly id: string;
  readonly title: string;
  /** Have the page made; returns what gives its address. */
  readonly load: () => Promise<(look: Look | null) => string>;
  /** Emits when `compare` may return something else. */
  readonly changed: ISignal<unknown, unknown>;
  /** Compare it with what readers see now; null while nothing is published. */
  readonly compare: () => (() => void) | null;
}

/** A page of another site, opened empty at a click and led to its address later. */
export interface ITab {
  /** Lead it to a web page; false when the browser did not open it. */
  show(url: string): boolean;
  close(): void;
}

export interface IHost {
  /** Whether the browser seems to run on the machine that Jupyter runs on. */
  readonly isOnThisMachine: boolean;
  /** Resolves when Jupyter has restored its workspace and no longer opens notebooks by itself. */
  readonly restored: Promise<unknown>;
  /** Resolves after so many milliseconds. */
  pause(milliseconds: number): Promise<void>;
  /** Open the notebook, or bring it to the front. */
  open(path: string): Promise<void>;
  /** Save the notebook if it is open here; rejects with a sentence when it cannot be saved. */
  save(path: string): Promise<void>;
  /** How many of its cells are tagged to hide their code; 0 when it is not open here. */
  hiddenCells(path: string): number;
  /** Show the cell or file; the panel stays open. */
  goTo(path: string, place: IPlace): Promise<void>;
  /** Run one cell, or the whole notebook, in its own kernel; resolves when it has run. */
  run(path: string, cell?: number): Promise<void>;
  /** Whether the notebook's kernel runs here, and would answer a question at once. */
  kernelState(path: string): KernelState;
  /** Resolves once the kernel of an open notebook has started and is idle. */
  kernelIdle(path: string): Promise<void>;
  /** Ask the notebook's kernel when it is idle; null when it cannot be asked, or does not answer. */
  askKernel(path: string, question: KernelQuestion): Promise<IKernelAnswer | null>;
  /** Change the kernel of the notebook, if it is open here, to one that is installed. */
  chooseKernel(path: string, name: string): Promise<void>;
  openLink(url: string): void;
  /** Show a comparison, in the tab that shows it already if there is one. */
  compare(tab: IComparisonTab): void;
  /** Show a page, in the tab that shows this notebook's already if there is one. */
  preview(tab: IPreviewTab): void;
  /** Load the page again if the tab of that id is open. */
  refreshPreview(id: string): void;
  /** Have the browser download what is at an address of Jupyter's. */
  downloadFrom(url: string): void;
  openTab(): ITab;
  /** Whether the browser gets exactly this text from an address of its own machine. */
  answers(url: string, text: string): Promise<boolean>;
  openSettings(): void;
  copy(text: string): Promise<void>;
  download(name: string, text: string): void;
  confirm(question: IQuestion): Promise<boolean>;
  /**
   * Show a notification that closes by itself.
   *
   * @returns a function that removes it.
   */
  notify(notice: INotice): () => void;
}
