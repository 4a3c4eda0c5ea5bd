/** Jupyter's notifications when a publish has ended. */

import type { PublisherModel } from './model';
import type { NotebookModel } from './model/notebook';
import type { Activity } from './model/state';

export function announce(publisher: PublisherModel, showPanel: () => void): void {
  const { desk, trans } = publisher;
  const show = (notebook: NotebookModel): void => {
    publisher.setCurrent(notebook.path);
    notebook.showLog(true);
    showPanel();
  };
  publisher.ended.connect((_, { notebook, activity }) => {
    if (activity.kind === 'done') {
      const { title, url } = activity.deployment;
      desk.notify('success', trans.__('“%1” is published.', title), [
        { label: trans.__('Open content'), run: () => desk.openLink(url) },
        { label: trans.__('Copy link'), run: () => void desk.copy(url) }
      ]);
    } else if (failed(activity)) {
      desk.notify('error', activity.problem.message, [
        { label: trans.__('Show log'), run: () => show(notebook) }
      ]);
    }
  });
}

function failed(activity: Activity): activity is Activity & { kind: 'failed' } {
  return activity.kind === 'failed' && !activity.cancelled;
}
