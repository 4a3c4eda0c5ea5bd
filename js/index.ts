/** One plugin for JupyterLab and Notebook 7: it wires the parts together and holds no logic of its own. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from './api';
import { addCommands } from './commands';
import { markFiles } from './fileMarks';
import { JupyterHost } from './jupyterHost';
import { addNotifications } from './notifications';
import { PublisherModel } from './model/publisher';
import { trackNotebooks } from './trackNotebooks';
import { PublishPanel } from './panel';
import { loadSettings } from './settings';
import { changesStatus, publishingStatus, StatusItem } from './statusItem';
import { PublishButton } from './toolbarButton';
import { CommandIDs, IPublisher, PANEL_ID, PLUGIN_ID, TEXT_DOMAIN, TOOLBAR_ITEM } from './tokens';
import { VERSION } from './version';

const plugin: JupyterFrontEndPlugin<IPublisher> = {
  id: PLUGIN_ID,
  description: 'Publishes the notebook you are in to Posit Connect.',
  autoStart: true,
  provides: IPublisher,
  requires: [INotebookTracker],
  optional: [
    ITranslator,
    ISettingRegistry,
    IToolbarWidgetRegistry,
    ICommandPalette,
    IFileBrowserFactory,
    IStatusBar,
    ILayoutRestorer,
    ILabShell,
    IRenderMimeRegistry
  ],
  activate
};

function activate(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  translator: ITranslator | null,
  settings: ISettingRegistry | null,
  toolbars: IToolbarWidgetRegistry | null,
  palette: ICommandPalette | null,
  browser: IFileBrowserFactory | null,
  statusBar: IStatusBar | null,
  restorer: ILayoutRestorer | null,
  lab: ILabShell | null,
  rendermime: IRenderMimeRegistry | null
): IPublisher {
  const texts = translator ?? nullTranslator;
  const trans = texts.load(TEXT_DOMAIN);
  const host = new JupyterHost(app, tracker, trans, rendermime);
  const api = new Api(app.serviceManager.serverSettings, texts.languageCode);
  const publisher = new PublisherModel({ api, host, trans, version: VERSION });

  const panel = new PublishPanel(publisher, () => tracker.currentWidget?.content.activate());
  const showPanel = (): void => {
    if (!panel.isAttached) {
      app.shell.add(panel, 'right', { rank: 1000 });
    }
    app.shell.activateById(PANEL_ID);
    panel.focusFirst();
  };
  if (lab || app.name !== 'Jupyter Notebook') {
    app.shell.add(panel, 'right', { rank: 1000 });
    restorer?.add(panel, PANEL_ID);
  }

  addCommands({ app, tracker, publisher, palette, browser, showPanel });
  toolbars?.addFactory<NotebookPanel>('Notebook', TOOLBAR_ITEM, notebook => {
    const open = (path: string): void => void app.commands.execute(CommandIDs.publish, { path });
    return new PublishButton(publisher, notebook, open);
  });
  statusBar?.registerStatusItem(PLUGIN_ID, {
    item: new StatusItem(publisher, publishingStatus, showPanel),
    align: 'middle',
    isActive: () => publisher.busy !== null,
    activeStateChanged: publisher.changed
  });
  statusBar?.registerStatusItem(`${PLUGIN_ID}-changes`, {
    item: new StatusItem(publisher, changesStatus, showPanel),
    align: 'middle',
    isActive: () => !publisher.busy && !!publisher.markOf(publisher.current?.path ?? '').mark,
    activeStateChanged: publisher.changed
  });
  if (browser) {
    markFiles(browser, publisher);
  }
  publisher.isPanelOpen = publisher.notices.isPanelVisible = () => panel.isVisible;
  addNotifications(publisher, showPanel);
  trackNotebooks(tracker, publisher);
  void loadSettings(settings, publisher);
  void publisher.connect();
  return publisher;
}

export * from './tokens';
export default plugin;
