import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { HideInput } from '../api';
import { Disclosure, type INotebookProps, RadioButtons, SourceNote } from './controls';

const HIDE_INPUTS: readonly HideInput[] = ['none', 'folded', 'all', 'tagged'];

/** Which code readers do not see. */
export function HideCodeSection({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  if (!notebook.values) {
    return null;
  }
  const hideInput = notebook.option('hide_input') ?? 'none';
  const tagged = publisher.host.hiddenCells(notebook.path);
  return (
    <Disclosure title={trans.__('Hide code')} summary={summary(hideInput, tagged, trans)}>
      <div role="radiogroup" aria-label={trans.__('Hide code')}>
        <RadioButtons
          name="jp-rsc-hide"
          value={hideInput}
          choices={HIDE_INPUTS.map(way => [way, hideInputTitle(way, trans)])}
          onChoose={way => notebook.choose({ hide_input: way })}
        />
      </div>
      <p className="jp-rsc-note">
        <SourceNote source={notebook.optionSource('hide_input')} trans={trans} />
      </p>
      <p className="jp-rsc-note">
        {trans.__('To tag a cell, right-click it and choose “Hide Code from Readers”.')}
      </p>
    </Disclosure>
  );
}

function hideInputTitle(way: HideInput, trans: TranslationBundle): string {
  switch (way) {
    case 'none':
      return trans.__('Show all code');
    case 'folded':
      return trans.__('Show code on request');
    case 'all':
      return trans.__('Hide all code');
    case 'tagged':
      return trans.__('Hide code of tagged cells');
  }
}

function summary(way: HideInput, tagged: number, trans: TranslationBundle): string {
  switch (way) {
    case 'none':
      return trans.__('none');
    case 'folded':
      return trans.__('on request');
    case 'all':
      return trans.__('all');
    case 'tagged':
      return trans._n('%1 tagged cell', '%1 tagged cells', tagged, tagged);
  }
}
