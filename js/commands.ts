/** The commands of the palette category "Posit Connect", menus and shortcuts. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { codeIsHidden, setCodeHidden } from './cellTags';
import { hideCodeIcon, previewIcon, publishIcon } from './components/icons';
import type { PublisherModel } from './model/publisher';
import { openContent } from './openContent';
import { CommandIDs } from './tokens';

export interface ICommandParts {
  readonly app: JupyterFrontEnd;
  readonly tracker: INotebookTracker;
  readonly publisher: PublisherModel;
  readonly palette: ICommandPalette | null;
  readonly browser: IFileBrowserFactory | null;
  /** Show the panel and give it the focus. */
  readonly showPanel: () => void;
}

const NO_ARGS = { type: 'object', properties: {}, additionalProperties: false } as const;
const PATH_ARGS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'The notebook; the current one when left out.' },
    where: {
      type: 'string',
      description: '"browser" for the file selected there, "tab" for the tab clicked on.'
    }
  }
} as const;

const CELL_ARGS = {
  type: 'object',
  properties: {
    where: {
      type: 'string',
      description: '"menu" for the cell that was right-clicked; the active cell when left out.'
    }
  }
} as const;

export function addCommands(parts: ICommandParts): void {
  const { app, publisher, palette } = parts;
  const all = { ...notebookCommands(parts), ...panelCommands(parts), ...cellCommands(parts) };
  for (const [id, options] of Object.entries(all)) {
    app.commands.addCommand(id, options);
    palette?.addItem({ command: id, category: publisher.trans.__('Posit Connect') });
  }
  publisher.changed.connect(() => app.commands.notifyCommandChanged());
}

type Options = Readonly<Record<string, CommandRegistry.ICommandOptions>>;

function notebookCommands(parts: ICommandParts): Options {
  const { app, publisher, showPanel, tracker } = parts;
  const { trans } = publisher;
  return {
    [CommandIDs.publish]: {
      label: trans.__('Publish to Posit Connect'),
      caption: trans.__('Publish to Posit Connect'),
      icon: publishIcon,
      describedBy: { args: PATH_ARGS },
      isEnabled: args => !!pathOf(parts, args),
      isVisible: args => !args.where || !!pathOf(parts, args),
      execute: async args => {
        const path = pathOf(parts, args);
        if (path && path !== tracker.currentWidget?.context.path) {
          await app.commands.execute('docmanager:open', { path });
        }
        if (path) {
          publisher.setCurrent(path);
          showPanel();
        }
      }
    },
    [CommandIDs.republish]: {
      label: trans.__('Publish Again with the Same Options'),
      caption: trans.__('Publish this notebook again with the options of the last publish'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current?.canPublish && !!publisher.current.values?.publication,
      execute: async () => {
        showPanel();
        await publisher.current?.publish();
      }
    },
    [CommandIDs.writeManifest]: {
      label: trans.__('Write manifest.json for Publishing from Git'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current && publisher.serverPart.kind === 'ready',
      execute: () => publisher.current?.writeManifest()
    },
    [CommandIDs.compare]: {
      label: trans.__('Compare with Published'),
      caption: trans.__('Show how this notebook differs from what readers see'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current?.changes.mark,
      execute: () => publisher.current?.compareWithPublished()
    },
    [CommandIDs.rehearse]: {
      label: trans.__('Rehearse in a Clean Environment'),
      caption: trans.__('Run the bundle in a clean environment on this machine; nothing is sent'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current && publisher.current.canRehearse,
      execute: async () => {
        showPanel();
        await publisher.current?.rehearse();
      }
    },
    [CommandIDs.preview]: {
      label: trans.__('Preview the Published Page'),
      caption: trans.__('Show the page that readers would see'),
      icon: previewIcon,
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current && publisher.current.canRehearse,
      execute: async () => {
        showPanel();
        await publisher.current?.preview();
      }
    },
    [CommandIDs.openAsNotebook]: {
      label: trans.__('Open Published Content as a Notebook…'),
      caption: trans.__('Fetch published content into a new folder, to change and publish it'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => publisher.serverPart.kind === 'ready',
      execute: () => openContent(publisher, parts.browser?.tracker.currentWidget?.model.path ?? '')
    },
    [CommandIDs.openContent]: {
      label: trans.__('Open Published Content'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!publisher.current?.published,
      execute: () => {
        const found = publisher.current?.published;
        if (found) {
          publisher.host.openLink(publisher.servers.pageLink(found.server, found.url));
        }
      }
    }
  };
}

function panelCommands({ publisher, showPanel }: ICommandParts): Options {
  const { trans } = publisher;
  return {
    [CommandIDs.openPanel]: {
      label: trans.__('Show the Publishing Panel'),
      icon: publishIcon,
      describedBy: { args: NO_ARGS },
      execute: showPanel
    },
    [CommandIDs.addServer]: {
      label: trans.__('Add a Posit Connect Server'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => publisher.servers.canAdd,
      execute: () => {
        publisher.servers.openForm();
        showPanel();
      }
    }
  };
}

function cellCommands({ app, publisher, tracker }: ICommandParts): Options {
  const { trans } = publisher;
  const cellOf = (args: ReadonlyPartialJSONObject): Cell | null => {
    const content = tracker.currentWidget?.content;
    const clicked =
      args.where === 'menu' && app.contextMenuHitTest(node => node.matches('.jp-CodeCell'));
    const cell = clicked
      ? content?.widgets.find(each => each.node === clicked)
      : content?.activeCell;
    return cell?.model.type === 'code' ? cell : null;
  };
  const hidden = (args: ReadonlyPartialJSONObject): boolean => {
    const cell = cellOf(args);
    return !!cell && codeIsHidden(cell.model);
  };
  return {
    [CommandIDs.toggleHideCode]: {
      label: trans.__('Hide Code from Readers'),
      caption: trans.__('Hide this cell’s code from readers of the published notebook'),
      icon: hideCodeIcon,
      describedBy: { args: CELL_ARGS },
      isToggleable: true,
      isToggled: hidden,
      isEnabled: args => !!cellOf(args),
      isVisible: args => !!cellOf(args),
      execute: args => {
        const cell = cellOf(args);
        if (cell) {
          setCodeHidden(cell.model, !codeIsHidden(cell.model));
          app.commands.notifyCommandChanged(CommandIDs.toggleHideCode);
          publisher.codeToggled(codeIsHidden(cell.model));
        }
      }
    }
  };
}

/** The notebook that a command is about: named, selected in the file browser, clicked on, or current. */
function pathOf(parts: ICommandParts, args: ReadonlyPartialJSONObject): string | null {
  const { app, browser, tracker } = parts;
  if (typeof args.path === 'string') {
    return args.path;
  }
  if (args.where === 'browser') {
    const selected = browser?.tracker.currentWidget?.selectedItems().next().value;
    return selected?.type === 'notebook' ? selected.path : null;
  }
  if (args.where === 'tab') {
    const id = app.contextMenuHitTest(node => !!node.dataset.id)?.dataset.id;
    return tracker.find(panel => panel.id === id)?.context.path ?? null;
  }
  return tracker.currentWidget?.context.path ?? null;
}
