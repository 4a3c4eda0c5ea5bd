import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ComparedCell, ListedChange, VersionComparison } from '../api';
import type { Loaded } from '../model/state';
import { CheckBox } from './controls';
import { type OutputsAs, OutputsView } from './outputsView';

export interface ICompareViewProps {
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry | null;
  readonly comparison: Loaded<VersionComparison>;
  readonly again: () => void;
}

type Layout = 'side-by-side' | 'unified';

interface IViewing {
  readonly layout: Layout;
  readonly outputsAs: OutputsAs;
  readonly everything: boolean;
}

/** Cells that are shown at once; more of them come at a click. */
const CELLS = 200;

/** Two versions: cells side by side or one after the other, files and requirements as lists. */
export function CompareView(props: ICompareViewProps): JSX.Element {
  const { trans, comparison, again } = props;
  const [viewing, setViewing] = React.useState<IViewing>({
    layout: 'side-by-side',
    outputsAs: 'rendered',
    everything: false
  });
  if (comparison.kind === 'loading') {
    return <p role="status">{trans.__('Comparing…')}</p>;
  }
  if (comparison.kind === 'failed') {
    return (
      <div role="alert">
        <p>{comparison.problem.message}</p>
        <p className="jp-rsc-note">{comparison.problem.hint}</p>
        <button type="button" className="jp-rsc-button" onClick={again}>
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
  const { value } = comparison;
  return (
    <>
      <Toolbar {...props} value={value} viewing={viewing} choose={setViewing} />
      {value.basis === 'page' && (
        <p className="jp-rsc-note">
          {trans.__('The source is not part of the version: the text of the pages is compared.')}
        </p>
      )}
      {value.basis === 'none' && (
        <p className="jp-rsc-note">
          {trans.__('The versions have no notebook that could be compared.')}
        </p>
      )}
      <Summary value={value} trans={trans} />
      <Cells {...props} value={value} viewing={viewing} />
      <Listed title={trans.__('Files')} changes={value.files} trans={trans} />
      <Listed title={trans.__('Requirements')} changes={value.requirements} trans={trans} />
    </>
  );
}

function Toolbar(props: {
  readonly trans: TranslationBundle;
  readonly value: VersionComparison;
  readonly viewing: IViewing;
  readonly choose: (viewing: IViewing) => void;
}): JSX.Element {
  const { trans, value, viewing, choose } = props;
  const check = (
    label: string,
    checked: boolean,
    change: (on: boolean) => Partial<IViewing>
  ): JSX.Element => (
    <CheckBox checked={checked} onChange={on => choose({ ...viewing, ...change(on) })}>
      {label}
    </CheckBox>
  );
  return (
    <div className="jp-rsc-compare-tools" role="group" aria-label={trans.__('Show')}>
      {check(trans.__('Side by side'), viewing.layout === 'side-by-side', on => ({
        layout: on ? 'side-by-side' : 'unified'
      }))}
      {check(trans.__('Unchanged cells'), viewing.everything, everything => ({ everything }))}
      {value.outputs &&
        value.basis === 'notebook' &&
        check(trans.__('Outputs as text'), viewing.outputsAs === 'text', on => ({
          outputsAs: on ? 'text' : 'rendered'
        }))}
    </div>
  );
}

function Summary(props: {
  readonly value: VersionComparison;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { value, trans } = props;
  const count = (change: ComparedCell['change']): number =>
    value.cells.filter(each => each.change === change).length;
  const [added, removed, changed] = [count('added'), count('removed'), count('changed')];
  return (
    <p role="status" className="jp-rsc-compare-summary">
      {value.differs
        ? trans.__('Cells: %1 changed, %2 added, %3 removed', changed, added, removed)
        : trans.__('No difference')}
    </p>
  );
}

interface ICellsProps {
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry | null;
  readonly value: VersionComparison;
  readonly viewing: IViewing;
}

function Cells(props: ICellsProps): JSX.Element {
  const { trans, value, viewing } = props;
  const split = viewing.layout === 'side-by-side';
  const [most, setMost] = React.useState(CELLS);
  const chosen = value.cells.filter(each => viewing.everything || each.change !== 'same');
  const shown = chosen.slice(0, most);
  const left = chosen.length - shown.length;
  return (
    <section aria-label={trans.__('Cells')}>
      {split && shown.length > 0 && (
        <div className="jp-rsc-compare-pair jp-rsc-compare-names">
          <div>{value.old}</div>
          <div>{value.new}</div>
        </div>
      )}
      <ol className="jp-rsc-compare-cells">
        {shown.map((cell, index) => (
          <li key={index} data-change={cell.change}>
            <h2 className="jp-rsc-compare-title">{cellTitle(cell, trans)}</h2>
            {cell.shortened && (
              <p className="jp-rsc-note">
                {trans.__(
                  'The source is too long to be shown as a whole; ⋯ stands for what is left out.'
                )}
              </p>
            )}
            {split ? <SplitCell {...props} cell={cell} /> : <UnifiedCell {...props} cell={cell} />}
          </li>
        ))}
      </ol>
      {left > 0 && (
        <button type="button" className="jp-rsc-button" onClick={() => setMost(most + CELLS)}>
          {trans.__('Show more cells (%1 left)', left)}
        </button>
      )}
    </section>
  );
}

type CellProps = ICellsProps & { readonly cell: ComparedCell };

function SplitCell(props: CellProps): JSX.Element {
  const { cell, trans } = props;
  const side = (
    source: string | undefined,
    sign: '-' | '+',
    outputs: ComparedCell['old_outputs']
  ): JSX.Element => (
    <div className="jp-rsc-compare-side" data-side={sign}>
      {source === undefined ? (
        <p className="jp-rsc-note">{trans.__('Not there')}</p>
      ) : (
        <Source cell={cell} text={source} signs={`=${sign}`} />
      )}
      <OutputsView {...props} outputs={outputs} as={props.viewing.outputsAs} />
    </div>
  );
  return (
    <div className="jp-rsc-compare-pair">
      {side(cell.old_source, '-', cell.old_outputs)}
      {side(cell.new_source, '+', cell.new_outputs)}
    </div>
  );
}

function UnifiedCell(props: CellProps): JSX.Element {
  const { cell, trans } = props;
  const text = cell.new_source ?? cell.old_source ?? '';
  const as = props.viewing.outputsAs;
  return (
    <div className="jp-rsc-compare-side" data-side={cell.change === 'removed' ? '-' : '+'}>
      <Source cell={cell} text={text} signs="=-+" />
      {cell.old_outputs.length > 0 && <p className="jp-rsc-note">{trans.__('Outputs before')}</p>}
      <OutputsView {...props} outputs={cell.old_outputs} as={as} />
      {cell.new_outputs.length > 0 && <p className="jp-rsc-note">{trans.__('Outputs now')}</p>}
      <OutputsView {...props} outputs={cell.new_outputs} as={as} />
    </div>
  );
}

/** A cell's source; of a changed one the words that differ are marked. */
function Source(props: {
  readonly cell: ComparedCell;
  readonly text: string;
  readonly signs: string;
}): JSX.Element {
  const { cell, text, signs } = props;
  const kind = cell.kind === 'code' ? 'jp-rsc-compare-source' : 'jp-rsc-compare-text';
  if (!cell.words.length) {
    return <pre className={kind}>{text}</pre>;
  }
  return (
    <pre className={kind}>
      {cell.words
        .filter(([sign]) => signs.includes(sign))
        .map(([sign, words], index) =>
          sign === '-' ? (
            <del key={index}>{words}</del>
          ) : sign === '+' ? (
            <ins key={index}>{words}</ins>
          ) : (
            words
          )
        )}
    </pre>
  );
}

function Listed(props: {
  readonly title: string;
  readonly changes: readonly ListedChange[];
  readonly trans: TranslationBundle;
}): JSX.Element | null {
  const { title, changes, trans } = props;
  if (!changes.length) {
    return null;
  }
  return (
    <section aria-label={title}>
      <h2 className="jp-rsc-compare-title">{title}</h2>
      <ul className="jp-rsc-compare-list">
        {changes.map(each => (
          <li key={each.name} data-change={each.change}>
            <code>{each.name}</code> {changeText(each.change, trans)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function cellTitle(cell: ComparedCell, trans: TranslationBundle): string {
  const number = cell.new_number ?? cell.old_number ?? 0;
  const name = cell.kind === 'text' ? trans.__('Text %1', number) : trans.__('Cell %1', number);
  const outputs = cell.outputs_changed && !cell.words.length;
  const change = outputs ? trans.__('outputs changed') : changeText(cell.change, trans);
  return change ? `${name} · ${change}` : name;
}

function changeText(change: ListedChange['change'], trans: TranslationBundle): string {
  switch (change) {
    case 'added':
      return trans.__('added');
    case 'removed':
      return trans.__('removed');
    case 'changed':
      return trans.__('changed');
    case 'same':
      return '';
  }
}
