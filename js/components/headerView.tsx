import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton, type INotebookProps } from './controls';

interface IItem {
  readonly name: string;
  readonly act: () => void;
}

/** The notebook that the panel is about, its kernel, and what is seldom needed. */
export function HeaderView({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans, host, servers } = publisher;
  const kernel = notebook.inspection.kind === 'ready' ? notebook.inspection.value.kernel : null;
  const name = notebook.path.slice(notebook.path.lastIndexOf('/') + 1);
  const writable = notebook.inspection.kind === 'ready' && notebook.inspection.value.writable;
  const items: IItem[] = [
    { name: trans.__('Refresh'), act: () => void publisher.refresh() },
    ...(writable
      ? [
          {
            name: trans.__('Write manifest.json'),
            act: () => void notebook.writeManifest()
          }
        ]
      : []),
    ...(servers.list.kind === 'ready' && servers.list.value.predecessor
      ? [
          {
            name: trans.__('Delete clear-text keys of version 1'),
            act: () => void servers.deletePredecessorCopy()
          }
        ]
      : []),
    { name: trans.__('Settings'), act: () => host.openSettings() },
    {
      name: trans.__('Help'),
      act: () => host.openLink('https://docs.posit.co/connect/user/publishing/')
    }
  ];
  return (
    <div className="jp-rsc-header">
      <h2 className="jp-rsc-notebook" title={notebook.path}>
        {name}
      </h2>
      <span className="jp-rsc-kernel" title={kernel?.interpreter || undefined}>
        {kernel?.display_name}
      </span>
      <Menu name={trans.__('More actions')} items={items} />
    </div>
  );
}

function Menu(props: { readonly name: string; readonly items: readonly IItem[] }): JSX.Element {
  const { name, items } = props;
  const [open, setOpen] = React.useState(false);
  const box = React.useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] => [
    ...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])
  ];
  React.useEffect(() => {
    if (open) {
      entries()[0]?.focus();
    }
  }, [open]);
  const close = (): void => {
    setOpen(false);
    box.current?.querySelector('button')?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      close();
    } else if (open && event.key in steps) {
      event.preventDefault();
      all[(at + steps[event.key] + all.length) % all.length]?.focus();
    }
  };
  return (
    <div
      ref={box}
      className="jp-rsc-menu"
      onKeyDown={onKeyDown}
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setOpen(false);
        }
      }}
    >
      <IconButton icon={ellipsesIcon} name={name} onClick={() => setOpen(!open)} />
      {open && (
        <div role="menu" aria-label={name} className="jp-rsc-menu-items">
          {items.map(item => (
            <button
              key={item.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close();
                item.act();
              }}
            >
              {item.name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
