/** What the model needs from Jupyter, in JupyterLab and Notebook 7. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  type MainAreaWidget,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import {
  type INotebookModel,
  type INotebookTracker,
  NotebookActions,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { type SplitPanel, TabPanel, type Widget } from '@lumino/widgets';

import { codeIsHidden } from './cellTags';
import type { KernelQuestion } from './api';
import { makeCompareTab } from './compareTab';
import type {
  IComparisonTab,
  IHost,
  IKernelAnswer,
  INotice,
  IPlace,
  IPreviewTab,
  IQuestion,
  ITab,
  KernelState
} from './model/host';
import { makePreviewTab } from './previewTab';

/** What a tab of ours shows. */
type ILoadable = Widget & { load(): Promise<void> };

/** Milliseconds. */
const SAVED_WITHIN = 15_000;
const KERNEL_PATIENCE = 15_000;
const PROBED_WITHIN = 3000;

export class JupyterHost implements IHost {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly tracker: INotebookTracker,
    private readonly trans: TranslationBundle,
    private readonly rendermime: IRenderMimeRegistry | null
  ) {}

  get restored(): Promise<unknown> {
    return this.app.restored;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, milliseconds));
  }

  async open(path: string): Promise<void> {
    await this.app.commands.execute('docmanager:open', { path });
  }

  async save(path: string): Promise<void> {
    const context = this.find(path)?.context;
    if (!context?.model.dirty) {
      return;
    }
    const { model } = context;
    const writable = context.contentsModel?.writable !== false;
    if (model.readOnly || (!writable && !model.collaborative)) {
      throw new Error(
        this.trans.__(
          'The notebook has unsaved changes and its file is read-only: save a copy first.'
        )
      );
    }
    if (writable) {
      await context.save();
    }
    if (model.collaborative) {
      await savedByJupyter(model);
    }
    if (model.dirty) {
      throw new Error(this.trans.__('The notebook could not be saved, so it was not published.'));
    }
  }

  hiddenCells(path: string): number {
    const cells = this.find(path)?.content.widgets ?? [];
    return cells.filter(cell => cell.model.type === 'code' && codeIsHidden(cell.model)).length;
  }

  async goTo(path: string, place: IPlace): Promise<void> {
    if (place.cell === undefined && place.file) {
      const file = PathExt.join(PathExt.dirname(path), place.file);
      await this.open(file);
      return;
    }
    const panel = this.find(path);
    if (!panel) {
      return;
    }
    const { content } = panel;
    const byId = content.widgets.findIndex(each => each.model.id === place.cell_id);
    const index = byId >= 0 ? byId : (place.cell ?? 0);
    if (index >= content.widgets.length) {
      return;
    }
    this.app.shell.activateById(panel.id);
    content.deselectAll();
    content.activeCellIndex = index;
    content.mode = 'command';
    await content.scrollToItem(index, 'smart');
    content.activate();
  }

  async run(path: string, cell?: number): Promise<void> {
    const panel = this.find(path);
    if (!panel) {
      return;
    }
    const { content, sessionContext } = panel;
    await sessionContext.ready;
    if (cell === undefined) {
      await NotebookActions.runAll(content, sessionContext);
    } else if (cell < content.widgets.length) {
      await NotebookActions.runCells(content, [content.widgets[cell]], sessionContext);
    }
  }

  kernelState(path: string): KernelState {
    const kernel = this.find(path)?.sessionContext.session?.kernel;
    if (!kernel || kernel.isDisposed || kernel.connectionStatus !== 'connected') {
      return 'none';
    }
    // Behind a gateway, a kernel that nothing was asked of yet has said nothing of itself.
    return kernel.status === 'idle' || kernel.status === 'unknown' ? 'idle' : 'busy';
  }

  async kernelIdle(path: string): Promise<void> {
    const session = this.find(path)?.sessionContext;
    await session?.ready;
    if (session && !session.isDisposed && this.kernelState(path) !== 'idle') {
      await new Promise<void>(resolve => {
        const look = (): void => {
          if (this.kernelState(path) === 'idle') {
            session.statusChanged.disconnect(look);
            resolve();
          }
        };
        session.statusChanged.connect(look);
      });
    }
  }

  async askKernel(path: string, question: KernelQuestion): Promise<IKernelAnswer | null> {
    const kernel = this.find(path)?.sessionContext.session?.kernel;
    if (!kernel || this.kernelState(path) !== 'idle') {
      return null;
    }
    const future = kernel.requestExecute({ ...question, stop_on_error: false }, true);
    const late = new Promise<null>(resolve => setTimeout(() => resolve(null), KERNEL_PATIENCE));
    const answer = await Promise.race([future.done, late]);
    if (!answer) {
      future.dispose();
      return null;
    }
    return { kernel: kernel.name, reply: { ...answer.content } };
  }

  async chooseKernel(path: string, name: string): Promise<void> {
    const panel = this.find(path);
    const { specs } = this.app.serviceManager.kernelspecs;
    const spec = specs?.kernelspecs[name];
    if (panel && spec) {
      await panel.sessionContext.changeKernel({ name });
      const { display_name, language } = spec;
      panel.content.model?.setMetadata('kernelspec', { name, display_name, language });
    }
  }

  openLink(url: string): void {
    if (/^https?:\/\//i.test(url)) {
      window.open(url, '_blank', 'noopener,noreferrer');
    }
  }

  compare(tab: IComparisonTab): void {
    this.showTab(tab.id, 'tab-after', () => makeCompareTab(tab, this.rendermime, this.trans));
  }

  preview(tab: IPreviewTab): void {
    this.showTab(tab.id, 'split-right', () => makePreviewTab(tab, this.trans));
  }

  refreshPreview(id: string): void {
    void this.tabs.get(id)?.content.load();
  }

  private showTab(
    id: string,
    mode: DocumentRegistry.IOpenOptions['mode'],
    make: () => MainAreaWidget<ILoadable>
  ): void {
    const { shell } = this.app;
    const known = this.tabs.get(id);
    if (known && !known.isDisposed) {
      void known.content.load();
    } else {
      const made = make();
      this.tabs.set(id, made);
      made.disposed.connect(() => this.tabs.delete(id));
      // Notebook 7 shows one document in its main area; below it there is room.
      shell.add(made, this.app.name === 'Jupyter Notebook' ? 'down' : 'main', { mode });
    }
    shell.activateById(id);
    const tab = this.tabs.get(id) ?? null;
    const lower = tab?.parent?.parent;
    if (lower instanceof TabPanel && lower.parent?.id === 'jp-main-vsplit-panel') {
      // Notebook 7 opens the lower area only as high as its tabs, and leaves an earlier tab in front.
      lower.currentWidget = tab;
      (lower.parent as SplitPanel).setRelativeSizes([1, 1]);
    }
  }

  downloadFrom(url: string): void {
    const link = document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  }

  openTab(): ITab {
    const tab = window.open('', '_blank');
    const show = (url: string): boolean => {
      if (!tab || tab.closed || !/^https?:\/\//i.test(url)) {
        tab?.close();
        return false;
      }
      tab.opener = null;
      tab.location.replace(url);
      return true;
    };
    return { show, close: () => tab?.close() };
  }

  get isOnThisMachine(): boolean {
    return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(window.location.hostname);
  }

  async answers(url: string, text: string): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(PROBED_WITHIN);
      const answer = await fetch(url, {
        signal,
        credentials: 'omit',
        referrerPolicy: 'no-referrer'
      });
      return (await answer.text()) === text;
    } catch {
      return false;
    }
  }

  openSettings(): void {
    if (this.app.commands.hasCommand('settingeditor:open')) {
      void this.app.commands.execute('settingeditor:open', { query: 'Posit Connect' });
    }
  }

  async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages that are not served over https have no asynchronous clipboard.
      Clipboard.copyToSystem(text);
    }
  }

  download(name: string, text: string): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async confirm(question: IQuestion): Promise<boolean> {
    const { title, body, accept } = question;
    const result = await showDialog({
      title,
      body,
      buttons: [
        Dialog.cancelButton({ label: this.trans.__('Cancel') }),
        Dialog.warnButton({ label: accept })
      ]
    });
    return result.button.accept;
  }

  notify({ kind, message, actions = [] }: INotice): () => void {
    const buttons = actions.map(({ label, run }) => ({ label, callback: () => run() }));
    const autoClose = kind === 'error' ? 20_000 : 8000;
    const id = Notification.emit(message, kind, { actions: buttons, autoClose });
    return () => Notification.dismiss(id);
  }

  private readonly tabs = new Map<string, MainAreaWidget<ILoadable>>();

  private find(path: string): NotebookPanel | undefined {
    return this.tracker.find(panel => panel.context.path === path);
  }
}

/** Wait for Jupyter, which writes what several people edit by itself, a second after the last change. */
async function savedByJupyter(model: INotebookModel): Promise<void> {
  const until = Date.now() + SAVED_WITHIN;
  while (model.dirty && Date.now() < until) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
