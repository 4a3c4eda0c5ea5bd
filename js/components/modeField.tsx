import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Mode, ModeChoice } from '../api';
import { type INotebookProps, TextButton } from './controls';
import { OptionCheck } from './optionFields';

const FIRST: readonly Mode[] = ['jupyter-static', 'jupyter-voila', 'static'];

/** What readers will get: source code, an app, or a finished document. */
export function ModeField({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const [more, setMore] = React.useState(false);
  const now = notebook.values;
  if (!now || notebook.inspection.kind !== 'ready') {
    return null;
  }
  const { modes } = notebook.inspection.value;
  const pick = (order: readonly ModeChoice['mode'][]): ModeChoice[] =>
    order.flatMap(mode => modes.find(each => each.mode === mode) ?? []);
  const rest = modes.map(each => each.mode).filter(mode => !FIRST.includes(mode));
  const open = more || rest.includes(now.mode);
  return (
    <div className="jp-rsc-field">
      <span className="jp-rsc-label" id="jp-rsc-mode">
        {trans.__('Publish as')}
      </span>
      <div className="jp-rsc-control" role="radiogroup" aria-labelledby="jp-rsc-mode">
        {pick(open ? [...FIRST, ...rest] : FIRST).map(choice => (
          <React.Fragment key={choice.mode}>
            <ModeRadio
              choice={choice}
              checked={choice.mode === now.mode}
              trans={trans}
              onChoose={() => notebook.chooseMode(choice.mode)}
            />
            {choice.mode === 'static' && now.mode === 'static' && (
              <RunFirst publisher={publisher} notebook={notebook} />
            )}
          </React.Fragment>
        ))}
        {rest.length > 0 && !open && (
          <TextButton onClick={() => setMore(true)}>{trans.__('Other formats')}</TextButton>
        )}
      </div>
    </div>
  );
}

function RunFirst({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  const runFirst = notebook.option('run_first') ?? false;
  return (
    <div className="jp-rsc-indented">
      <OptionCheck
        notebook={notebook}
        name="run_first"
        label={trans.__('Run the notebook first')}
      />
      {runFirst && (
        <label className="jp-rsc-check jp-rsc-number-field">
          {trans.__('Time limit (seconds)')}
          <input
            className="jp-rsc-input"
            type="number"
            min={1}
            placeholder={trans.__('none')}
            value={notebook.option('run_timeout') ?? ''}
            onChange={event =>
              notebook.choose({ run_timeout: Number(event.target.value) || undefined })
            }
          />
        </label>
      )}
    </div>
  );
}

function ModeRadio(props: {
  readonly choice: ModeChoice;
  readonly checked: boolean;
  readonly trans: TranslationBundle;
  readonly onChoose: () => void;
}): JSX.Element {
  const { choice, checked, trans, onChoose } = props;
  const id = `jp-rsc-mode-${choice.mode}`;
  return (
    <div className={choice.available ? 'jp-rsc-radio' : 'jp-rsc-radio jp-rsc-unavailable'}>
      <input
        type="radio"
        id={id}
        name="jp-rsc-mode"
        value={choice.mode}
        checked={checked}
        disabled={!choice.available && !checked}
        aria-describedby={`${id}-about`}
        onChange={onChoose}
      />
      <label htmlFor={id}>{modeTitle(choice.mode, trans)}</label>
      <span id={`${id}-about`} className="jp-rsc-about">
        {choice.available ? modeAbout(choice, trans) : choice.reason || choice.description}
      </span>
    </div>
  );
}

/** What a mode is called; Connect's own name for those that are not ours. */
export function modeTitle(mode: string, trans: TranslationBundle): string {
  switch (mode) {
    case 'jupyter-static':
      return trans.__('Source code');
    case 'jupyter-voila':
      return trans.__('Interactive app');
    case 'static':
      return trans.__('Finished document');
    case 'quarto-static':
      return trans.__('Quarto document');
    case 'unknown':
      return trans.__('Not deployed yet');
    default:
      return mode;
  }
}

function modeAbout(choice: ModeChoice, trans: TranslationBundle): string {
  switch (choice.mode) {
    case 'jupyter-static':
      return trans.__('Connect runs it, also on a schedule.');
    case 'jupyter-voila':
      return trans.__('Readers can use its widgets (Voilà).');
    case 'static':
      return trans.__('As it is now, not run again.');
    default:
      return choice.description;
  }
}
