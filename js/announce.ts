/** Jupyter's notifications when a publish has ended: a toast, unless the panel shows it already. */

import type { PublisherModel } from './model';
import type { NotebookModel } from './model/notebook';
import type { Activity } from './model/state';

export interface IStage {
  /** Show the panel and give it the focus. */
  show(): void;
  /** True when the author sees the panel. */
  inSight(): boolean;
}

export function announce(publisher: PublisherModel, stage: IStage): void {
  const { desk, trans } = publisher;
  const show = (notebook: NotebookModel): void => {
    publisher.setCurrent(notebook.path);
    notebook.showLog(true);
    stage.show();
  };
  publisher.ended.connect((_, { notebook, activity }) => {
    const quietly = stage.inSight() && publisher.current === notebook;
    if (activity.kind === 'done') {
      const { title, url } = activity.deployment;
      const actions = [
        { label: trans.__('Open content'), run: () => desk.openLink(url) },
        { label: trans.__('Copy link'), run: () => void desk.copy(url) }
      ];
      desk.notify('success', trans.__('“%1” is published.', title), actions, quietly);
    } else if (failed(activity)) {
      const actions = [{ label: trans.__('Show log'), run: () => show(notebook) }];
      desk.notify('error', activity.problem.message, actions, quietly);
    }
  });
}

function failed(activity: Activity): activity is Activity & { kind: 'failed' } {
  return activity.kind === 'failed' && !activity.cancelled;
}
