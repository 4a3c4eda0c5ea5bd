/** Keeps the model in step with Jupyter's notebooks: which is current, saved, renamed, closed. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { PublisherModel } from './model/publisher';

export function trackNotebooks(tracker: INotebookTracker, publisher: PublisherModel): void {
  const followCurrent = (): void => {
    // At once, also while the notebook loads: until then the panel would offer to publish the one before.
    publisher.setCurrent(tracker.currentWidget?.context.path ?? null);
  };
  tracker.currentChanged.connect(followCurrent);
  tracker.widgetAdded.connect((_, panel) => trackOne(panel, publisher));
  tracker.forEach(panel => trackOne(panel, publisher));
  followCurrent();
  // A publish may have been started in another tab, or the author signed in again there.
  const authorReturned = (): void => {
    if (!document.hidden && publisher.serverPart.kind === 'ready') {
      publisher.pollNow();
      publisher.update();
    }
  };
  const poll = (): void => publisher.pollNow();
  window.addEventListener('online', poll);
  window.addEventListener('offline', poll);
  document.addEventListener('visibilitychange', authorReturned);
  window.addEventListener('focus', authorReturned);
}

function trackOne(panel: NotebookPanel, publisher: PublisherModel): void {
  let path = panel.context.path;
  panel.context.pathChanged.connect((_, to) => {
    publisher.renamed(path, to);
    path = to;
  });
  panel.context.saveState.connect((_, state) => {
    if (state === 'completed') {
      publisher.saved(path);
    }
  });
  panel.disposed.connect(() => publisher.closed(path));
}
