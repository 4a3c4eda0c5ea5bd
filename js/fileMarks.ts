/** Marks in the file browser: notebooks whose readers see something else than what they are now. */

import { PathExt } from '@jupyterlab/coreutils';
import type { FileBrowser, IFileBrowserFactory } from '@jupyterlab/filebrowser';

import type { PublisherModel } from './model/publisher';

const CLASS = 'jp-rsc-file-mark';
const NO_MARK = { mark: null, text: null };

export function markFiles(factory: IFileBrowserFactory, publisher: PublisherModel): void {
  const { tracker } = factory;
  tracker.forEach(browser => follow(browser, publisher));
  tracker.widgetAdded.connect((_, browser) => follow(browser, publisher));
}

/** Jupyter draws the list anew as it likes, uses rows for other files, and has no place for marks: they follow it. */
function follow(browser: FileBrowser, publisher: PublisherModel): void {
  const mark = (): void => {
    browser.node.querySelectorAll<HTMLElement>('.jp-DirListing-item').forEach(item => {
      const label = item.querySelector<HTMLElement>('.jp-DirListing-itemText');
      if (label) {
        const path = PathExt.join(pathOf(browser), label.textContent ?? '');
        const isNotebook = item.dataset.fileType === 'notebook';
        show(label, isNotebook ? publisher.markOf(path) : NO_MARK);
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

function show(label: HTMLElement, { mark, text }: ReturnType<PublisherModel['markOf']>): void {
  if (text !== null) {
    label.classList.add(CLASS);
    label.dataset.mark = mark ?? '';
    label.dataset.text = label.title = text;
  } else if (label.classList.contains(CLASS)) {
    label.classList.remove(CLASS);
    label.removeAttribute('title');
  }
}

/** The folder's path without the drive of real-time collaboration. */
function pathOf(browser: FileBrowser): string {
  return browser.model.path.replace(/^RTC:/, '');
}
