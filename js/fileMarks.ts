/** Marks in the file browser: notebooks whose readers see something else than what they are now. */

import { PathExt } from '@jupyterlab/coreutils';
import type { FileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';

import type { PublisherModel } from './model/publisher';

const ITEM = '.jp-DirListing-item[data-file-type="notebook"]';

export function markFiles(factory: IFileBrowserFactory, publisher: PublisherModel): void {
  const { tracker } = factory;
  tracker.forEach(browser => follow(browser, publisher));
  tracker.widgetAdded.connect((_, browser) => follow(browser, publisher));
}

/** Jupyter draws the list anew as it likes, and has no place for marks: they follow what it draws. */
function follow(browser: FileBrowser, publisher: PublisherModel): void {
  const mark = (): void => {
    browser.node.querySelectorAll<HTMLElement>(ITEM).forEach(item => {
      const label = item.querySelector<HTMLElement>('.jp-DirListing-itemText');
      const name = label?.textContent ?? '';
      const { mark: now, text } = publisher.markOf(PathExt.join(pathOf(browser), name));
      label?.classList.toggle('jp-rsc-file-mark', text !== null);
      if (label && text !== null) {
        label.dataset.mark = now ?? '';
        label.dataset.text = label.title = text;
      }
    });
  };
  const drawn = new MutationObserver(mark);
  drawn.observe(browser.node, { childList: true, subtree: true, characterData: true });
  publisher.changed.connect(mark);
  browser.disposed.connect(() => {
    drawn.disconnect();
    publisher.changed.disconnect(mark);
  });
  mark();
}

/** The folder's path without the drive of real-time collaboration. */
function pathOf(browser: FileBrowser): string {
  return browser.model.path.replace(/^RTC:/, '');
}
