import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ContentReaders } from '../api';
import { withoutReaders } from '../model/form';
import { accessText, changeLines, hasReaderChanges, readersSentence } from '../model/readerChoices';
import type { IReadersAndTags } from '../model/readers';
import { ApplyRow, ContentSection } from './contentSection';
import { type INotebookProps, type IReaderProps, RadioButtons } from './controls';
import { PeopleField } from './peopleField';
import { DescriptionField, TagsField, ThumbnailField, VanityField } from './readerFields';

const WAYS = ['acl', 'logged_in', 'all'] as const;

/** Who may read the content, and what they see of it: read when the section is opened. */
export function ReadersSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { readers, form } = notebook;
  const chosen = hasReaderChanges(form) && readers.state.kind === 'closed';
  return (
    <ContentSection
      model={readers}
      of={notebook.destination}
      title={trans.__('Readers')}
      summary={chosen ? readersSentence(null, form, trans) || trans.__('changed') : ''}
      reading={trans.__('Reading who may read it…')}
      trans={trans}
    >
      {({ now: { readers: now, tags }, of }) => <Content {...props} {...{ now, tags, of }} />}
    </ContentSection>
  );
}

function Content(props: IReaderProps & Pick<IReadersAndTags, 'tags'>): JSX.Element {
  const { publisher, notebook, now } = props;
  const { trans } = publisher;
  const sentence = readersSentence(now, notebook.form, trans);
  return (
    <>
      {sentence && (
        <p className="jp-rsc-readers-sentence" role="status">
          {sentence}
        </p>
      )}
      {now && !now.may_change ? (
        <ReadOnly now={now} trans={trans} />
      ) : (
        <>
          <AccessField {...props} />
          <PeopleField {...props} />
          <VanityField {...props} />
          <DescriptionField {...props} />
          <TagsField {...props} />
          <ThumbnailField {...props} />
          <Apply {...props} />
        </>
      )}
    </>
  );
}

/** What those see who may not change it. */
function ReadOnly(props: {
  readonly now: ContentReaders;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { now, trans } = props;
  const people = (now.readers ?? []).map(each => each.full_name || each.name).join(', ');
  return (
    <>
      {people && <p className="jp-rsc-note">{people}</p>}
      {now.description && <p className="jp-rsc-note">{now.description}</p>}
      {now.tags.length > 0 && <p className="jp-rsc-note">{now.tags.join(', ')}</p>}
      <p className="jp-rsc-note">{trans.__('Only collaborators can change this.')}</p>
    </>
  );
}

function AccessField({ publisher, notebook, now }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const { form } = notebook;
  const sharedOnly = !now && (form.share_with ?? form.collaborators) ? 'acl' : undefined;
  const shown = form.access ?? now?.access ?? sharedOnly;
  return (
    <div className="jp-rsc-field" role="radiogroup" aria-label={trans.__('Who may read it')}>
      <span className="jp-rsc-label">{trans.__('Who may read it')}</span>
      <RadioButtons
        name="jp-rsc-access"
        value={shown}
        choices={WAYS.map(way => [way, accessText(way, trans)])}
        onChoose={way => notebook.chooseReaders({ access: now?.access === way ? undefined : way })}
      />
      {shown === undefined && (
        <div className="jp-rsc-hint">{trans.__('As new content on this server is.')}</div>
      )}
    </div>
  );
}

/** Change it now, when nothing else was chosen: otherwise it goes with the publish. */
function Apply({ publisher, notebook, now, of }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const { form, readers } = notebook;
  const changed = hasReaderChanges(form);
  const { server, target, ...others } = withoutReaders(form);
  const { variables, ...options } = others;
  const alone = !variables.length && Object.values(options).every(value => value === undefined);
  const busy = notebook.publishing === 'publishing';
  const malformed = !!readers.vanity?.check?.problem;
  return (
    <>
      {readers.refused.map(each => (
        <p key={each.message} className="jp-rsc-hint jp-rsc-problem" role="alert">
          {each.message}
          {each.hint && <span className="jp-rsc-note"> {each.hint}</span>}
        </p>
      ))}
      {changed && (
        <ApplyRow
          when={
            of.guid
              ? trans.__('Changed with the next publish: fewer readers before it, more after it.')
              : trans.__('Set before the new content can be seen.')
          }
          canApply={!!of.guid && alone}
          disabled={readers.busy || busy || malformed}
          onApply={() => void notebook.applyReaders()}
          onUndo={() => notebook.chooseReaders({ ...NOTHING })}
          undoName={trans.__('Undo the changes of readers')}
          trans={trans}
        >
          <ul className="jp-rsc-readers-changes" aria-label={trans.__('What changes')}>
            {changeLines(now, form, trans, name => readers.fullName(of.server, name)).map(line => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </ApplyRow>
      )}
    </>
  );
}

const NOTHING = {
  access: undefined,
  share_with: undefined,
  collaborators: undefined,
  vanity: undefined,
  tags: undefined,
  description: undefined,
  thumbnail: undefined
};
