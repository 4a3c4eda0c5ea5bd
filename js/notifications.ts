/** Jupyter's notifications when a publish has ended: a toast, unless the panel shows it already. */

import type { PublisherModel } from './model/publisher';
import type { IAction } from './model/host';
import type { NotebookModel } from './model/notebook';
import type { Activity } from './model/state';

export interface IPanelHandle {
  /** Show the panel and give it the focus. */
  show(): void;
  /** True when the author sees the panel. */
  isVisible(): boolean;
}

export function addNotifications(publisher: PublisherModel, panel: IPanelHandle): void {
  const { host, trans } = publisher;
  const show = (notebook: NotebookModel): void => {
    publisher.setCurrent(notebook.path);
    notebook.showLog(true);
    panel.show();
  };
  const toasts = new Map<NotebookModel, () => void>();
  const seen = (notebook: NotebookModel | null): boolean =>
    panel.isVisible() && publisher.current === notebook;
  // A toast lies over the panel's own buttons: it goes when the panel says the same.
  publisher.changed.connect(() => {
    const { current } = publisher;
    if (current && seen(current)) {
      toasts.get(current)?.();
      toasts.delete(current);
    }
  });
  publisher.ended.connect((_, { notebook, activity }) => {
    const quietly = seen(notebook);
    const tell = (kind: 'success' | 'error', message: string, actions: IAction[]): void => {
      const dismiss = host.notify(kind, message, actions, quietly);
      if (!quietly) {
        toasts.set(notebook, dismiss);
      }
    };
    if (activity.kind === 'done') {
      const { title, url } = activity.deployment;
      const actions = [
        { label: trans.__('Open content'), run: () => host.openLink(url) },
        { label: trans.__('Copy link'), run: () => void host.copy(url) }
      ];
      tell('success', trans.__('“%1” is published.', title), actions);
    } else if (failed(activity)) {
      const actions = [{ label: trans.__('Show log'), run: () => show(notebook) }];
      tell('error', activity.problem.message, actions);
    }
  });
}

function failed(activity: Activity): activity is Activity & { kind: 'failed' } {
  return activity.kind === 'failed' && !activity.cancelled;
}
