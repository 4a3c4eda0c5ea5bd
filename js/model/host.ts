/** What the model asks of Jupyter; the plugin brings it, tests bring a small one of their own. */

/** A place in the author's work: a cell (0-based), a file, a line (1-based), a field of the form. */
export interface IPlace {
  readonly cell?: number;
  readonly cell_id?: string;
  readonly file?: string;
  readonly line?: number;
  readonly field?: string;
}

/** A button of a notification. */
export interface IAction {
  readonly label: string;
  readonly run: () => void;
}

/** A question that interrupts: only before something that cannot be taken back. */
export interface IQuestion {
  readonly title: string;
  readonly body: string;
  readonly accept: string;
}

export interface IHost {
  /** True when the notebook is open here and has changes that are not on disk. */
  isDirty(path: string): boolean;
  /** Save the notebook if it is open here; rejects with a sentence when it cannot be saved. */
  save(path: string): Promise<void>;
  /** How many of its cells are tagged to hide their code; 0 when it is not open here. */
  hiddenCells(path: string): number;
  /** Show the cell or file; the panel stays open. */
  goTo(path: string, place: IPlace): Promise<void>;
  /** Run one cell, or the whole notebook, in its own kernel; resolves when it has run. */
  run(path: string, cell?: number): Promise<void>;
  openLink(url: string): void;
  openSettings(): void;
  copy(text: string): Promise<void>;
  download(name: string, text: string): void;
  confirm(question: IQuestion): Promise<boolean>;
  /**
   * Tell the author, wherever they look; quietly, without a toast, what the panel shows already.
   *
   * @returns a function that takes the toast away.
   */
  notify(
    kind: 'success' | 'error' | 'info',
    message: string,
    actions: readonly IAction[],
    quietly?: boolean
  ): () => void;
}
