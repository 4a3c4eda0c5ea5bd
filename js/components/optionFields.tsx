import * as React from 'react';

import { CheckBox, Field, type INotebookProps, SelectField, SourceNote } from './controls';

interface IOptionProps<Name> extends INotebookProps {
  readonly name: Name;
  readonly label: string;
}

/** An option with a few values; `auto` where none is chosen. */
export function OptionSelect(
  props: IOptionProps<'manage_python' | 'manage_r' | 'package_manager' | 'requirements'> & {
    /** Values and what they are called. */
    readonly choices: readonly (readonly [string, string])[];
  }
): JSX.Element {
  const { publisher, notebook, name } = props;
  return (
    <SelectField
      {...props}
      id={`jp-rsc-${name.replace('_', '-')}`}
      hint={<SourceNote source={notebook.optionSource(name)} trans={publisher.trans} />}
      value={notebook.option(name) ?? 'auto'}
      onChoose={value => notebook.choose({ [name]: value })}
    />
  );
}

/** An option that is one line of text. */
export function OptionText(
  props: IOptionProps<'env_file' | 'image' | 'note' | 'schedule'> & { readonly hint?: string }
): JSX.Element {
  const { publisher, notebook, name, label, hint } = props;
  const id = `jp-rsc-${name}`;
  const note = (
    <SourceNote source={notebook.optionSource(name)} trans={publisher.trans}>
      {hint}
    </SourceNote>
  );
  return (
    <Field id={id} label={label} hint={note}>
      <input
        id={id}
        className="jp-rsc-input"
        type="text"
        autoComplete="off"
        spellCheck={name === 'note'}
        aria-describedby={`${id}-hint`}
        value={notebook.option(name) ?? ''}
        onChange={event => notebook.choose({ [name]: event.target.value })}
      />
    </Field>
  );
}

/** An option that is on or off. */
export function OptionCheck(
  props: Omit<
    IOptionProps<'detect_files' | 'draft' | 'git_metadata' | 'run_first'>,
    'publisher'
  > & {
    readonly byDefault?: boolean;
  }
): JSX.Element {
  const { notebook, name, label, byDefault = false } = props;
  return (
    <CheckBox
      checked={notebook.option(name) ?? byDefault}
      onChange={checked => notebook.choose({ [name]: checked })}
    >
      {label}
    </CheckBox>
  );
}
