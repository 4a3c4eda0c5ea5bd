/** The model follows what the author does with notebooks: turns to one, saves, renames, closes it. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { PublisherModel } from './model/publisher';

export function trackNotebooks(tracker: INotebookTracker, publisher: PublisherModel): void {
  const turn = (): void => {
    // At once, also while the notebook loads: until then the panel would offer to publish the one before.
    publisher.setCurrent(tracker.currentWidget?.context.path ?? null);
  };
  tracker.currentChanged.connect(turn);
  tracker.widgetAdded.connect((_, panel) => trackOne(panel, publisher));
  tracker.forEach(panel => trackOne(panel, publisher));
  turn();
  // A publish may have been started in another tab, or the author signed in again there.
  const back = (): void => {
    if (!document.hidden && publisher.serverPart.kind === 'ready') {
      publisher.pollNow();
      void publisher.current?.refresh();
    }
  };
  const look = (): void => publisher.pollNow();
  window.addEventListener('online', look);
  window.addEventListener('offline', look);
  document.addEventListener('visibilitychange', back);
  window.addEventListener('focus', back);
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
