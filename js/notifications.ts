/** Announces the end of a publish whose notebook the panel does not show. */

import type { INotice } from './model/host';
import type { NotebookModel } from './model/notebook';
import type { PublisherModel } from './model/publisher';
import type { Activity } from './model/state';

export function addNotifications(publisher: PublisherModel, showPanel: () => void): void {
  publisher.ended.connect((_, { notebook, activity }) => {
    const notice = noticeOf(publisher, notebook, activity, showPanel);
    const inPanel = publisher.notices.isPanelVisible() && publisher.current === notebook;
    if (notice && !inPanel) {
      publisher.notices.show(notice);
    }
  });
}

function noticeOf(
  { host, servers, trans }: PublisherModel,
  notebook: NotebookModel,
  activity: Activity,
  showPanel: () => void
): INotice | null {
  const { path } = notebook;
  if (activity.kind === 'done') {
    const { server, title, url } = activity.deployment;
    const actions = [
      { label: trans.__('Open content'), run: () => host.openLink(servers.pageLink(server, url)) },
      { label: trans.__('Copy link'), run: () => void host.copy(url) }
    ];
    return { kind: 'success', message: trans.__('“%1” is published.', title), actions, path };
  }
  if (activity.kind !== 'failed' || activity.cancelled || activity.rehearsal) {
    return null;
  }
  const showLog = async (): Promise<void> => {
    await host.open(path);
    notebook.showLog(true);
    showPanel();
  };
  const actions = [{ label: trans.__('Show log'), run: () => void showLog() }];
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    kind: 'error',
    message: trans.__('%1: %2', name, activity.problem.message),
    actions,
    path
  };
}
