import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { bundleSize } from '../model/form';
import { formatSize } from '../model/format';
import { fileTree, type IFolder, type ILeaf, type INode } from '../model/fileTree';
import { Disclosure, type INotebookProps, SourceNote } from './controls';
import { OptionCheck } from './optionFields';

type Choose = (paths: readonly string[], included: boolean) => void;

/** The files that go along, each with its size and the reason why it is in or out. */
export function FilesSection({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const inspection = notebook.inspection.kind === 'ready' ? notebook.inspection.value : null;
  const files = inspection?.files;
  const tree = React.useMemo(() => fileTree(files ?? []), [files]);
  if (!inspection || !files) {
    return null;
  }
  const count = files.filter(each => each.included).length;
  const size = bundleSize(files);
  const choose: Choose = (paths, included) => notebook.chooseFiles(paths, included);
  return (
    <Disclosure
      title={trans.__('Files')}
      summary={
        <span title={trans._n('%1 byte', '%1 bytes', size, size)}>
          {trans._n('%1 file', '%1 files', count, count)} · {formatSize(size)}
        </span>
      }
    >
      <div role="group" aria-label={trans.__('Files')} className="jp-rsc-files">
        <ul>
          {tree.map(node => (
            <Node
              key={node.path}
              node={node}
              trans={trans}
              choose={choose}
              main={inspection.name}
            />
          ))}
        </ul>
      </div>
      <p className="jp-rsc-note">
        <SourceNote source={notebook.optionSource('files')} trans={trans} />
      </p>
      <OptionCheck
        notebook={notebook}
        name="detect_files"
        label={trans.__('Add files that the notebook uses')}
        byDefault
      />
    </Disclosure>
  );
}

interface INodeProps<Kind extends INode> {
  readonly node: Kind;
  readonly trans: TranslationBundle;
  readonly choose: Choose;
  /** The notebook itself, which cannot be left out. */
  readonly main: string;
}

function Node({ node, ...rest }: INodeProps<INode>): JSX.Element {
  return node.kind === 'folder' ? <Folder node={node} {...rest} /> : <Leaf node={node} {...rest} />;
}

function Folder({ node, trans, choose, main }: INodeProps<IFolder>): JSX.Element {
  const [open, setOpen] = React.useState(node.included > 0 && node.files.length <= 30);
  const Caret = open ? caretDownIcon : caretRightIcon;
  const some = node.included > 0 && node.included < node.files.length;
  return (
    <li>
      <div className="jp-rsc-file">
        <button
          type="button"
          className="jp-rsc-file-caret"
          aria-expanded={open}
          title={open ? trans.__('Close %1', node.path) : trans.__('Open %1', node.path)}
          onClick={() => setOpen(!open)}
        >
          <Caret.react tag="span" aria-hidden="true" />
          <span className="jp-rsc-only-read">{trans.__('Folder %1', node.path)}</span>
        </button>
        <label className="jp-rsc-file-label">
          <input
            type="checkbox"
            checked={node.included > 0}
            ref={box => {
              if (box) {
                box.indeterminate = some;
              }
            }}
            onChange={() => choose(node.files, node.included === 0)}
          />
          <span className="jp-rsc-file-name">{node.name}/</span>
        </label>
        <span className="jp-rsc-file-size">{node.included > 0 && formatSize(node.size)}</span>
        <span className="jp-rsc-file-reason">
          {trans.__('%1 of %2 files', node.included, node.files.length)}
        </span>
      </div>
      {open && (
        <ul>
          {node.children.map(child => (
            <Node key={child.path} node={child} trans={trans} choose={choose} main={main} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Leaf({ node, choose, main }: INodeProps<ILeaf>): JSX.Element {
  const { file } = node;
  return (
    <li>
      <div className={file.included ? 'jp-rsc-file' : 'jp-rsc-file jp-rsc-left-out'}>
        <label className="jp-rsc-file-label" title={node.path}>
          <input
            type="checkbox"
            checked={file.included}
            disabled={node.path === main}
            onChange={event => choose([node.path], event.target.checked)}
          />
          <span className="jp-rsc-file-name">{node.name}</span>
        </label>
        <span className="jp-rsc-file-size" title={String(file.size)}>
          {formatSize(file.size)}
        </span>
        <span className="jp-rsc-file-reason" title={file.reason}>
          {file.reason}
        </span>
      </div>
    </li>
  );
}
