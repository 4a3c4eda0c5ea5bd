/** The tag on a cell that hides its code from readers. */

import type { ICellModel } from '@jupyterlab/cells';

import { HIDE_TAG } from './tokens';

/** True when readers will not see this cell's code. */
export function codeIsHidden(cell: ICellModel): boolean {
  return tagsOf(cell).includes(HIDE_TAG);
}

/** Hide the cell's code from readers, or show it again. */
export function setCodeHidden(cell: ICellModel, hidden: boolean): void {
  const others = tagsOf(cell).filter(tag => tag !== HIDE_TAG);
  const tags = hidden ? [...others, HIDE_TAG] : others;
  if (tags.length) {
    cell.setMetadata('tags', tags);
  } else {
    cell.deleteMetadata('tags');
  }
}

function tagsOf(cell: ICellModel): string[] {
  const tags: unknown = cell.getMetadata('tags');
  return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [];
}
