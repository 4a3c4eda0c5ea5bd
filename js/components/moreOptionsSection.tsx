import * as React from 'react';

import { Disclosure, type INotebookProps } from './controls';
import { OptionCheck, OptionSelect, OptionText } from './optionFields';

const NAMES = [
  'package_manager',
  'image',
  'manage_python',
  'manage_r',
  'draft',
  'note',
  'git_metadata',
  'schedule'
] as const;

/** Options that are seldom needed. */
export function MoreOptionsSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const [open, setOpen] = React.useState(false);
  if (!notebook.values) {
    return null;
  }
  const install = [
    ['auto', trans.__('As configured on the server')],
    ['yes', trans.__('Yes')],
    ['no', trans.__('No')]
  ] as const;
  const managers = [
    ['auto', trans.__('Chosen by the server')],
    ['uv', 'uv'],
    ['pip', 'pip']
  ] as const;
  return (
    <Disclosure
      title={trans.__('More options')}
      summary={summary(props)}
      open={open}
      onToggle={setOpen}
    >
      <OptionText {...props} name="note" label={trans.__('What changed?')} />
      {notebook.becomesRerun && (
        <OptionText
          {...props}
          name="schedule"
          label={trans.__('Schedule')}
          hint={trans.__('For example: every day 07:00')}
        />
      )}
      <OptionSelect
        {...props}
        name="package_manager"
        label={trans.__('Package manager')}
        choices={managers}
      />
      <OptionSelect
        {...props}
        name="manage_python"
        label={trans.__('Install Python packages')}
        choices={install}
      />
      <OptionSelect
        {...props}
        name="manage_r"
        label={trans.__('Install R packages')}
        choices={install}
      />
      <OptionText
        {...props}
        name="image"
        label={trans.__('Container image')}
        hint={trans.__('For servers that run content in containers')}
      />
      <OptionCheck notebook={notebook} name="draft" label={trans.__('Publish as draft')} />
      <p className="jp-rsc-note jp-rsc-indented">
        {trans.__('Readers see the current version until the draft is activated.')}
      </p>
      <OptionCheck
        notebook={notebook}
        name="git_metadata"
        label={trans.__('Send the Git commit')}
        byDefault={publisher.preferences.gitMetadata}
      />
    </Disclosure>
  );
}

function summary({ publisher, notebook }: INotebookProps): string {
  const count = NAMES.filter(name => notebook.optionSource(name) !== 'default').length;
  return count ? publisher.trans._n('%1 set', '%1 set', count, count) : '';
}
