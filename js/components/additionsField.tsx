import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton, type INotebookProps, SourceNote } from './controls';

/** Packages that are installed besides the requirements. */
export function AdditionsField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  const [typed, setTyped] = React.useState('');
  const lines = notebook.option('add_requirements') ?? [];
  const add = (): void => {
    if (typed.trim()) {
      notebook.chooseRequirements([typed.trim()], true);
      setTyped('');
    }
  };
  return (
    <div className="jp-rsc-field" role="group" aria-label={trans.__('Additional packages')}>
      <label className="jp-rsc-label" htmlFor="jp-rsc-addition">
        {trans.__('Additional packages')}
      </label>
      {lines.map(line => (
        <div key={line} className="jp-rsc-row">
          <code className="jp-rsc-grows">{line}</code>
          <IconButton
            icon={closeIcon}
            name={trans.__('Remove %1', line)}
            onClick={() => notebook.chooseRequirements([line], false)}
          />
        </div>
      ))}
      <div className="jp-rsc-row">
        <input
          id="jp-rsc-addition"
          className="jp-rsc-input"
          type="text"
          autoComplete="off"
          spellCheck={false}
          placeholder={trans.__('Name, or name==1.2')}
          value={typed}
          onChange={event => setTyped(event.target.value)}
          onKeyDown={event => event.key === 'Enter' && add()}
        />
        <IconButton icon={addIcon} name={trans.__('Add package')} onClick={add} />
      </div>
      <div className="jp-rsc-hint">
        <SourceNote source={notebook.optionSource('add_requirements')} trans={trans} />
      </div>
    </div>
  );
}
