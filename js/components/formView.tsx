import * as React from 'react';

import { ChecksSection } from './checksSection';
import { FilesSection } from './filesSection';
import { HideCodeSection } from './hideCodeSection';
import { IntegrationsSection } from './integrationsSection';
import { ModeField } from './modeField';
import { MoreOptionsSection } from './moreOptionsSection';
import { Field, type INotebookProps, TextButton } from './controls';
import { PythonSection } from './pythonSection';
import { RunsSection } from './runsSection';
import { ReadersSection } from './readersSection';
import { ScheduleSection } from './scheduleSection';
import { ServerField } from './serverField';
import { TargetField } from './targetField';
import { VariablesSection } from './variablesSection';
import { VersionsSection } from './versionsSection';

/** What to publish, where and how: filled in already, so that nothing must be typed. */
export function FormView(props: INotebookProps): JSX.Element {
  return (
    <form className="jp-rsc-form" onSubmit={event => event.preventDefault()}>
      <ServerField {...props} />
      <TargetField {...props} />
      <TitleField {...props} />
      <ModeField {...props} />
      <div className="jp-rsc-sections">
        <HideCodeSection {...props} />
        <FilesSection {...props} />
        <PythonSection {...props} />
        <ReadersSection {...props} />
        <MoreOptionsSection {...props} />
        <ChecksSection {...props} />
        <VariablesSection {...props} />
        <IntegrationsSection {...props} />
        <ScheduleSection {...props} />
        <RunsSection {...props} />
        <VersionsSection {...props} />
      </div>
    </form>
  );
}

function TitleField({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const now = notebook.values;
  if (!now) {
    return null;
  }
  const old = now.target.kind === 'content' ? now.target.title : null;
  const renames = old !== null && now.titleTyped && now.title.trim() !== old;
  const hint = renames && (
    <>
      {trans.__('Renames “%1”.', old)}{' '}
      <TextButton onClick={() => notebook.chooseTarget({ kind: 'new' })}>
        {trans.__('Publish as new content')}
      </TextButton>
    </>
  );
  return (
    <Field
      id="jp-rsc-title"
      label={trans.__('Title')}
      hint={hint}
      problem={now.title.trim() ? null : trans.__('Enter a title.')}
    >
      <input
        id="jp-rsc-title"
        className="jp-rsc-input"
        type="text"
        autoComplete="off"
        maxLength={1000}
        aria-describedby="jp-rsc-title-hint"
        aria-invalid={!now.title.trim()}
        value={now.title}
        onChange={event => notebook.choose({ title: event.target.value })}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            void notebook.publish();
          }
        }}
      />
    </Field>
  );
}
