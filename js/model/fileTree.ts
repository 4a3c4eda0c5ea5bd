/** Files as the tree that the author sees. Pure. */

import type { FileCandidate } from '../api';

export interface IFolder {
  readonly kind: 'folder';
  readonly name: string;
  readonly path: string;
  readonly children: readonly INode[];
  readonly size: number;
  /** Paths of all files below. */
  readonly files: readonly string[];
  readonly included: number;
}

export interface ILeaf {
  readonly kind: 'file';
  readonly name: string;
  readonly path: string;
  readonly file: FileCandidate;
}

export type INode = IFolder | ILeaf;

interface IFolderBuilder {
  readonly folders: Map<string, IFolderBuilder>;
  readonly files: FileCandidate[];
}

/** The files as a tree: folders first, each in the alphabet's order. */
export function fileTree(files: readonly FileCandidate[]): readonly INode[] {
  const root: IFolderBuilder = { folders: new Map(), files: [] };
  for (const file of files) {
    let folder = root;
    for (const name of file.path.split('/').slice(0, -1)) {
      let next = folder.folders.get(name);
      if (!next) {
        next = { folders: new Map(), files: [] };
        folder.folders.set(name, next);
      }
      folder = next;
    }
    folder.files.push(file);
  }
  return childrenOf(root, '');
}

function childrenOf(folder: IFolderBuilder, path: string): readonly INode[] {
  const byName = (one: { name: string }, other: { name: string }): number =>
    one.name.localeCompare(other.name);
  const folders = [...folder.folders].map(([name, each]) => folderNode(name, each, path));
  const leaves = folder.files.map((file): ILeaf => ({
    kind: 'file',
    name: file.path.slice(file.path.lastIndexOf('/') + 1),
    path: file.path,
    file
  }));
  return [...folders.sort(byName), ...leaves.sort(byName)];
}

function folderNode(name: string, folder: IFolderBuilder, above: string): IFolder {
  const path = above ? `${above}/${name}` : name;
  const children = childrenOf(folder, path);
  let size = 0;
  let included = 0;
  const files: string[] = [];
  for (const child of children) {
    if (child.kind === 'folder') {
      size += child.size;
      included += child.included;
      files.push(...child.files);
    } else {
      size += child.file.included ? child.file.size : 0;
      included += child.file.included ? 1 : 0;
      files.push(child.path);
    }
  }
  return { kind: 'folder', name, path, children, size, files, included };
}
