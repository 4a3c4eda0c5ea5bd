/** Marks in the file browser, which uses its rows for other files when a folder's content changes. */

import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { Signal } from '@lumino/signaling';
import { expect, it } from 'vitest';

import { markFiles } from '../fileMarks';
import type { PublisherModel } from '../model/publisher';

it('leaves a row that is another file now', () => {
  const node = document.createElement('div');
  node.innerHTML =
    '<li class="jp-DirListing-item" data-file-type="notebook">' +
    '<span class="jp-DirListing-itemText">a.ipynb</span></li>';
  const owner = {};
  const changed = new Signal<object, void>(owner);
  const browser = {
    node,
    model: { path: 'RTC:reports' },
    disposed: new Signal<object, void>(owner)
  };
  const tracker = {
    forEach: (each: (one: typeof browser) => void) => each(browser),
    widgetAdded: new Signal<object, typeof browser>(owner)
  };
  const markOf = (path: string): object =>
    path === 'reports/a.ipynb'
      ? { mark: 'changed', text: 'Unpublished changes' }
      : { mark: null, text: null };
  markFiles(
    { tracker } as unknown as IFileBrowserFactory,
    { changed, markOf } as unknown as PublisherModel
  );
  const row = node.firstElementChild as HTMLElement;
  const label = row.firstElementChild as HTMLElement;
  expect(label.className).toContain('jp-rsc-file-mark');
  expect(label.title).toBe('Unpublished changes');

  row.dataset.fileType = 'directory';
  label.textContent = 'figures';
  changed.emit();
  expect(label.className).toBe('jp-DirListing-itemText');
  expect(label.title).toBe('');
});
