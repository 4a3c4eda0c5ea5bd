import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IVariable } from '../model/state';
import { IconButton, type INotebookProps } from './controls';

const NEW_VARIABLE: IVariable = { name: '', value: '', remove: false, sent: false };

/** Environment variables of the content: their values are sent with the publish and then dropped. */
export function VariablesField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  const { variables } = notebook.form;
  const change = (index: number, part: Partial<IVariable>): void =>
    notebook.choose({
      variables: variables.map((each, at) => (at === index ? { ...each, ...part } : each))
    });
  return (
    <div className="jp-rsc-field" role="group" aria-label={trans.__('Environment variables')}>
      <div className="jp-rsc-row">
        <span className="jp-rsc-label jp-rsc-grows">{trans.__('Environment variables')}</span>
        <IconButton
          icon={addIcon}
          name={trans.__('Add variable')}
          onClick={() => notebook.choose({ variables: [...variables, NEW_VARIABLE] })}
        />
      </div>
      {variables.map((variable, index) => (
        <VariableRow
          key={index}
          {...{ publisher, notebook, variable }}
          onChange={part => change(index, part)}
          onDrop={() => notebook.choose({ variables: variables.filter((_, at) => at !== index) })}
        />
      ))}
      <div className="jp-rsc-hint">
        {trans.__('Values are stored on the server and not shown again.')}
      </div>
    </div>
  );
}

function VariableRow(
  props: INotebookProps & {
    readonly variable: IVariable;
    readonly onChange: (part: Partial<IVariable>) => void;
    readonly onDrop: () => void;
  }
): JSX.Element {
  const { publisher, variable, onChange, onDrop } = props;
  const { trans } = publisher;
  const { name, value, remove, sent } = variable;
  return (
    <div className="jp-rsc-variable">
      <div className="jp-rsc-row">
        <input
          className="jp-rsc-input"
          type="text"
          autoComplete="off"
          spellCheck={false}
          autoFocus={!name}
          aria-label={trans.__('Variable name')}
          placeholder={trans.__('Name')}
          value={name}
          onChange={event => onChange({ name: event.target.value.replace('=', '') })}
        />
        <input
          className="jp-rsc-input"
          type="password"
          autoComplete="new-password"
          aria-label={trans.__('Value of %1', name)}
          aria-invalid={sent}
          placeholder={remove ? trans.__('Deleted') : trans.__('Value')}
          disabled={remove}
          value={value}
          onChange={event => onChange({ value: event.target.value, sent: false })}
        />
        <IconButton icon={closeIcon} name={trans.__('Do not set %1', name)} onClick={onDrop} />
      </div>
      <label className="jp-rsc-check">
        <input
          type="checkbox"
          checked={remove}
          onChange={event => onChange({ remove: event.target.checked, value: '', sent: false })}
        />
        {trans.__('Delete from the content')}
      </label>
      {sent && (
        <div className="jp-rsc-hint jp-rsc-problem" role="status">
          {trans.__('Enter the value again: it is not kept after a publish.')}
        </div>
      )}
    </div>
  );
}
