import { caretDownIcon, copyIcon, downloadIcon, searchIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { failingLine, type ILine, type IProgress } from '../model/progress';
import { failingLines } from './failureView';
import { Disclosure, IconButton, type INotebookProps } from './controls';

/** The log of the publish; stays where the reader scrolled, follows the end otherwise. */
export function LogSection(
  props: INotebookProps & { readonly progress: IProgress; readonly failed: boolean }
): JSX.Element {
  const { publisher, notebook, progress, failed } = props;
  const { trans } = publisher;
  const failing = failingLines(notebook.activity);
  const [searching, setSearching] = React.useState(false);
  const [sought, setSought] = React.useState('');
  const { lines } = progress;
  const save = (): void => publisher.host.download(logName(notebook.path), textOf(lines));
  return (
    <Disclosure
      className="jp-rsc-log-section"
      title={trans.__('Log')}
      open={notebook.logOpen}
      onToggle={open => notebook.showLog(open)}
      summary={trans._n('%1 line', '%1 lines', lines.length, lines.length)}
      tools={
        <>
          <IconButton
            icon={searchIcon}
            name={trans.__('Search the log')}
            pressed={searching}
            onClick={() => {
              setSearching(!searching);
              setSought('');
            }}
          />
          <IconButton
            icon={copyIcon}
            name={trans.__('Copy log')}
            onClick={() => void publisher.host.copy(textOf(lines))}
          />
          <IconButton icon={downloadIcon} name={trans.__('Save log')} onClick={save} />
        </>
      }
    >
      {searching && <LogSearch lines={lines} sought={sought} onSeek={setSought} trans={trans} />}
      <LogLines {...{ progress, sought, trans }} goal={failed ? failingLine(lines, failing) : -1} />
    </Disclosure>
  );
}

function LogSearch(props: {
  readonly lines: readonly ILine[];
  readonly sought: string;
  readonly onSeek: (text: string) => void;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { lines, sought, onSeek, trans } = props;
  const count = React.useMemo(
    () => (sought ? lines.filter(line => matchesSearch(line, sought)).length : 0),
    [lines, sought]
  );
  return (
    <div className="jp-rsc-row jp-rsc-log-search">
      <input
        type="search"
        className="jp-rsc-input"
        autoFocus
        title={trans.__('Search the log')}
        placeholder={trans.__('Search the log')}
        value={sought}
        onChange={event => onSeek(event.target.value)}
      />
      <span className="jp-rsc-note" role="status">
        {sought && trans._n('%1 line', '%1 lines', count, count)}
      </span>
    </div>
  );
}

/** `goal` is the line to show first, -1 for the end. */
function LogLines(props: {
  readonly progress: IProgress;
  readonly sought: string;
  readonly goal: number;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { progress, sought, goal, trans } = props;
  const box = React.useRef<HTMLDivElement>(null);
  const follows = React.useRef(true);
  /* The reader has scrolled: no failing line changes the position any more. */
  const moved = React.useRef(false);
  const [away, setAway] = React.useState(false);
  const { lines, dropped } = progress;
  const visible = React.useMemo(
    () => (sought ? lines.filter(line => matchesSearch(line, sought)) : lines),
    [lines, sought]
  );

  const toEnd = (): void => {
    const node = box.current;
    if (node) {
      node.scrollTop = node.scrollHeight;
    }
  };
  const settle = React.useCallback((): void => {
    const node = box.current;
    const line = goal >= 0 ? node?.querySelector<HTMLElement>('.jp-rsc-failing') : null;
    if (node && line && sought === '' && !moved.current) {
      node.scrollTop = line.offsetTop - node.clientHeight / 2;
    } else if (follows.current) {
      toEnd();
    }
  }, [goal, sought]);
  React.useLayoutEffect(settle, [visible, settle]);
  React.useEffect(() => {
    // The panel may be hidden when lines arrive, and has no height then.
    if (!box.current || typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(settle);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [settle]);

  return (
    <div className="jp-rsc-log-frame">
      <div
        ref={box}
        className="jp-rsc-log"
        role="log"
        aria-label={trans.__('Log')}
        tabIndex={0}
        onWheel={() => (moved.current = true)}
        onKeyDown={() => (moved.current = true)}
        onPointerDown={() => (moved.current = true)}
        onScroll={event => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < 24;
          setAway(!follows.current);
        }}
      >
        {dropped > 0 && (
          <div className="jp-rsc-line jp-rsc-line-step">
            {trans.__('%1 earlier lines are not visible.', dropped)}
          </div>
        )}
        {visible.map((line, index) => (
          <Line key={dropped + index} line={line} failing={!sought && index === goal} />
        ))}
      </div>
      {away && (
        <button
          type="button"
          className="jp-rsc-to-end"
          title={trans.__('Scroll to the end')}
          onClick={() => {
            follows.current = true;
            toEnd();
          }}
        >
          <caretDownIcon.react tag="span" aria-hidden="true" />
          <span className="jp-rsc-only-read">{trans.__('Scroll to the end')}</span>
        </button>
      )}
    </div>
  );
}

const Line = React.memo(function Line(props: { readonly line: ILine; readonly failing: boolean }) {
  const { line, failing } = props;
  const failure = failing ? ' jp-rsc-failing' : '';
  return (
    <div className={`jp-rsc-line jp-rsc-line-${line.kind}${failure}`}>{line.plain || ' '}</div>
  );
});

function matchesSearch(line: ILine, sought: string): boolean {
  return line.text.toLowerCase().includes(sought.toLowerCase());
}

function textOf(lines: readonly ILine[]): string {
  return lines.map(line => line.text).join('\n') + '\n';
}

function logName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.ipynb$/, '');
  return `${name}-publish.log`;
}
