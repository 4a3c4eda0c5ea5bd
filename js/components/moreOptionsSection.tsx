import * as React from 'react';

import type { FormOptions } from '../model/state';
import { Disclosure, Field, type INotebookProps, SourceNote } from './controls';
import { VariablesField } from './variablesField';

const NAMES = ['package_manager', 'image', 'manage_python', 'manage_r', 'draft', 'note'] as const;

type InstallName = 'manage_python' | 'manage_r';

/** Options that are seldom needed. */
export function MoreOptionsSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const incomplete = notebook.form.variables.some(each => each.sent);
  const [open, setOpen] = React.useState(false);
  if (!notebook.values) {
    return null;
  }
  return (
    <Disclosure
      title={trans.__('More options')}
      summary={summary(props)}
      open={open || incomplete}
      onToggle={setOpen}
    >
      <NoteField {...props} />
      <VariablesField {...props} />
      <PackageManagerField {...props} />
      <InstallField {...props} name="manage_python" label={trans.__('Install Python packages')} />
      <InstallField {...props} name="manage_r" label={trans.__('Install R packages')} />
      <ImageField {...props} />
      <label className="jp-rsc-check">
        <input
          type="checkbox"
          checked={notebook.option('draft') ?? false}
          onChange={event => notebook.choose({ draft: event.target.checked })}
        />
        {trans.__('Publish as draft')}
      </label>
      <p className="jp-rsc-note jp-rsc-indented">
        {trans.__('Readers see the current version until the draft is activated.')}
      </p>
    </Disclosure>
  );
}

/** One line about this version. */
function NoteField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  return (
    <Field id="jp-rsc-note" label={trans.__('What changed?')}>
      <input
        id="jp-rsc-note"
        className="jp-rsc-input"
        type="text"
        value={notebook.option('note') ?? ''}
        onChange={event => notebook.choose({ note: event.target.value })}
      />
    </Field>
  );
}

function PackageManagerField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  return (
    <Field
      id="jp-rsc-package-manager"
      label={trans.__('Package manager')}
      hint={<SourceNote source={notebook.optionSource('package_manager')} trans={trans} />}
    >
      <select
        id="jp-rsc-package-manager"
        className="jp-rsc-input"
        aria-describedby="jp-rsc-package-manager-hint"
        value={notebook.option('package_manager') ?? 'auto'}
        onChange={event =>
          notebook.choose({ package_manager: event.target.value as FormOptions['package_manager'] })
        }
      >
        {['auto', 'uv', 'pip'].map(each => (
          <option key={each} value={each}>
            {each === 'auto' ? trans.__('Chosen by the server') : each}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Yes, no, or as the server is configured. */
function InstallField(
  props: INotebookProps & { readonly name: InstallName; readonly label: string }
): JSX.Element {
  const { publisher, notebook, name, label } = props;
  const { trans } = publisher;
  const id = `jp-rsc-${name}`;
  const choices = [
    ['auto', trans.__('As configured on the server')],
    ['yes', trans.__('Yes')],
    ['no', trans.__('No')]
  ];
  return (
    <Field
      id={id}
      label={label}
      hint={<SourceNote source={notebook.optionSource(name)} trans={trans} />}
    >
      <select
        id={id}
        className="jp-rsc-input"
        aria-describedby={`${id}-hint`}
        value={notebook.option(name) ?? 'auto'}
        onChange={event => notebook.choose({ [name]: event.target.value })}
      >
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

function ImageField({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  return (
    <Field
      id="jp-rsc-image"
      label={trans.__('Container image')}
      hint={
        <SourceNote source={notebook.optionSource('image')} trans={trans}>
          {trans.__('For servers that run content in containers')}
        </SourceNote>
      }
    >
      <input
        id="jp-rsc-image"
        className="jp-rsc-input"
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-describedby="jp-rsc-image-hint"
        value={notebook.option('image') ?? ''}
        onChange={event => notebook.choose({ image: event.target.value })}
      />
    </Field>
  );
}

function summary({ publisher, notebook }: INotebookProps): string {
  const options = NAMES.filter(name => notebook.optionSource(name) !== 'default').length;
  const count = options + notebook.form.variables.length;
  return count ? publisher.trans._n('%1 set', '%1 set', count, count) : '';
}
