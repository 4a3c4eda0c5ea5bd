import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { isFilled } from '../model/form';
import { NOWHERE } from '../model/sectionModel';
import type { IVariable } from '../model/state';
import {
  type IKnownVariable,
  knownVariables,
  pastedVariables,
  withVariables
} from '../model/variables';
import { NotRead, SectionProblem, useContentSection } from './contentSection';
import { CheckBox, Disclosure, IconButton, type INotebookProps, TextButton } from './controls';
import { OptionText } from './optionFields';

const NEW_VARIABLE: IVariable = { name: '', value: '', remove: false, sent: false };

/** Environment variables: what the code reads, what the server has, and values that are sent and then dropped. */
export function VariablesSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { variables, form, inspection } = notebook;
  const of = notebook.destination ?? NOWHERE;
  const fold = useContentSection(variables, of);
  const incomplete = form.variables.some(each => each.sent);
  React.useEffect(() => {
    if (incomplete) {
      void variables.open(of);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- opened once, when a value is missing again
  }, [incomplete, variables]);
  if (inspection.kind !== 'ready') {
    return null;
  }
  const known = knownVariables(inspection.value.variables, variables.state);
  return (
    <Disclosure
      title={trans.__('Environment variables')}
      summary={summary(known, form.variables, trans)}
      {...fold}
      tools={
        <IconButton
          icon={addIcon}
          name={trans.__('Add variable')}
          onClick={() => notebook.choose({ variables: [...form.variables, NEW_VARIABLE] })}
        />
      }
    >
      <Content {...props} known={known} />
    </Disclosure>
  );
}

function Content(
  props: INotebookProps & { readonly known: readonly IKnownVariable[] }
): JSX.Element {
  const { publisher, notebook, known } = props;
  const { trans } = publisher;
  const { existing, variables, form } = notebook;
  return (
    <>
      {variables.state.kind !== 'ready' && (
        <NotRead
          model={variables}
          reading={trans.__('Reading the names on the server…')}
          trans={trans}
        />
      )}
      {known.length > 0 && (
        <ul className="jp-rsc-versions">
          {known.map(each => (
            <KnownVariable key={each.name} {...props} variable={each} />
          ))}
        </ul>
      )}
      {form.variables.map((variable, index) => (
        <VariableRow key={index} {...props} variable={variable} index={index} />
      ))}
      {existing && form.variables.some(isFilled) && (
        <button
          type="button"
          className="jp-rsc-button"
          disabled={variables.busy}
          onClick={() => void notebook.applyVariables()}
        >
          {trans.__('Set now')}
        </button>
      )}
      <SectionProblem problem={variables.problem} />
      <div className="jp-rsc-hint">
        {trans.__(
          'Values are stored on the server and not shown again. Several lines NAME=value can be pasted as a name.'
        )}
      </div>
      <OptionText
        {...props}
        name="env_file"
        label={trans.__('Environment file')}
        hint={trans.__('Such as .env: its values are set with the publish, the file is not sent.')}
      />
    </>
  );
}

function KnownVariable(props: INotebookProps & { readonly variable: IKnownVariable }): JSX.Element {
  const { publisher, notebook, variable } = props;
  const { trans } = publisher;
  const { name, status, use } = variable;
  const onServer = status === 'set' || status === 'unused';
  const chosen = notebook.form.variables.some(each => each.name === name);
  const text = chosen ? trans.__('To be changed') : statusText(variable, trans);
  return (
    <li className="jp-rsc-version jp-rsc-known-variable" data-status={status}>
      <div className="jp-rsc-version-head">
        <code className="jp-rsc-version-note">{name}</code>
        <span className={status === 'missing' && !chosen ? 'jp-rsc-problem' : 'jp-rsc-note'}>
          {text}
        </span>
      </div>
      <div className="jp-rsc-actions">
        {!chosen && (
          <TextButton
            name={trans.__('Set the value of %1', name)}
            onClick={() => void notebook.editVariable(name)}
          >
            {onServer ? trans.__('Change value') : trans.__('Set value')}
          </TextButton>
        )}
        {!chosen && onServer && (
          <TextButton
            name={trans.__('Delete %1', name)}
            onClick={() => notebook.addVariables([{ ...NEW_VARIABLE, name, remove: true }])}
          >
            {trans.__('Delete')}
          </TextButton>
        )}
        {use?.where.cell !== undefined && (
          <TextButton
            name={trans.__('Go to the cell that reads %1', name)}
            onClick={() => void notebook.goTo(use)}
          >
            {trans.__('Go to cell')}
          </TextButton>
        )}
      </div>
    </li>
  );
}

function VariableRow(
  props: INotebookProps & { readonly variable: IVariable; readonly index: number }
): JSX.Element {
  const { publisher, notebook, variable, index } = props;
  const { trans } = publisher;
  const { name, value, remove, sent } = variable;
  const rows = notebook.form.variables;
  const change = (part: Partial<IVariable>): void =>
    notebook.choose({
      variables: rows.map((each, at) => (at === index ? { ...each, ...part } : each))
    });
  const drop = (): void => notebook.choose({ variables: rows.filter((_, at) => at !== index) });
  const paste = (event: React.ClipboardEvent): void => {
    const found = pastedVariables(event.clipboardData.getData('text'));
    if (found.length) {
      event.preventDefault();
      notebook.choose({ variables: withVariables(rows, found) });
    }
  };
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
          onPaste={paste}
          onChange={event => change({ name: event.target.value.replace('=', '') })}
        />
        <input
          className="jp-rsc-input"
          type="password"
          autoComplete="new-password"
          autoFocus={!!name && !value && !remove && !sent}
          aria-label={trans.__('Value of %1', name)}
          aria-invalid={sent}
          placeholder={remove ? trans.__('Deleted') : trans.__('Value')}
          disabled={remove}
          value={value}
          onChange={event => change({ value: event.target.value, sent: false })}
        />
        <IconButton icon={closeIcon} name={trans.__('Do not set %1', name)} onClick={drop} />
      </div>
      <CheckBox
        checked={remove}
        onChange={checked => change({ remove: checked, value: '', sent: false })}
      >
        {trans.__('Delete from the content')}
      </CheckBox>
      {sent && (
        <div className="jp-rsc-hint jp-rsc-problem" role="status">
          {trans.__('Enter the value again: it is not kept after a publish.')}
        </div>
      )}
    </div>
  );
}

function statusText({ status }: IKnownVariable, trans: TranslationBundle): string {
  switch (status) {
    case 'set':
      return trans.__('Set on the server');
    case 'missing':
      return trans.__('Missing');
    case 'optional':
      return trans.__('Not set; the code has a default');
    case 'unused':
      return trans.__('Not used by the code');
    case 'unknown':
      return trans.__('Used by the code');
  }
}

function summary(
  known: readonly IKnownVariable[],
  chosen: readonly IVariable[],
  trans: TranslationBundle
): string {
  const set = new Set(chosen.map(each => each.name));
  const missing = known.filter(each => each.status === 'missing' && !set.has(each.name)).length;
  const used = known.filter(each => each.use).length;
  const parts = [
    chosen.length ? trans._n('%1 set', '%1 set', chosen.length, chosen.length) : '',
    missing ? trans._n('%1 missing', '%1 missing', missing, missing) : ''
  ].filter(Boolean);
  return parts.join(', ') || (used ? trans._n('%1 used', '%1 used', used, used) : '');
}
