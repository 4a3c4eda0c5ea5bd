import { closeIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Person, Reader } from '../api';
import { type IShownReader, shownReaders, typed, withReader } from '../model/readerChoices';
import type { PeopleState } from '../model/readers';
import { Combobox, type IComboboxOption } from './combobox';
import { IconButton, type IReaderProps, TextButton } from './controls';

interface IPersonOption extends IComboboxOption {
  /** Absent for the option that shows more. */
  readonly person?: Person;
}

/** Users and groups that are permitted, and the search for more. */
export function PeopleField(props: IReaderProps): JSX.Element {
  const { publisher, notebook, now, of } = props;
  const { trans } = publisher;
  const { form, readers } = notebook;
  const shown = shownReaders(now, form, name => readers.fullName(of.server, name));
  return (
    <>
      {now && now.readers === null && (
        <p className="jp-rsc-note">{trans.__('You may not see who is permitted.')}</p>
      )}
      {shown.length > 0 && (
        <ul className="jp-rsc-people" aria-label={trans.__('People and groups')}>
          {shown.map(each => (
            <ReaderItem key={typed(each)} {...props} reader={each} />
          ))}
        </ul>
      )}
      <PeopleSearch {...props} />
    </>
  );
}

function ReaderItem(props: IReaderProps & { readonly reader: IShownReader }): JSX.Element {
  const { publisher, notebook, now, reader } = props;
  const { trans } = publisher;
  const choose = (role: Reader['role'] | 'none'): void =>
    notebook.chooseReaders(withReader(now, notebook.form, reader, role));
  const title = reader.fullName || reader.name;
  return (
    <li className="jp-rsc-person" data-removed={reader.removed}>
      <span className="jp-rsc-person-name" title={reader.name}>
        {title}
        {reader.kind === 'group' && <span className="jp-rsc-note"> {trans.__('group')}</span>}
      </span>
      {reader.removed ? (
        <TextButton
          name={trans.__('Keep the permission of %1', title)}
          onClick={() => choose(reader.role)}
        >
          {trans.__('Keep')}
        </TextButton>
      ) : (
        <>
          <select
            className="jp-rsc-input jp-rsc-role"
            aria-label={trans.__('What %1 may do', title)}
            value={reader.role}
            onChange={event => choose(event.target.value as Reader['role'])}
          >
            <option value="viewer">{trans.__('Viewer')}</option>
            <option value="owner">{trans.__('Collaborator')}</option>
          </select>
          <IconButton
            icon={closeIcon}
            name={trans.__('Take the permission of %1 away', title)}
            onClick={() => choose('none')}
          />
        </>
      )}
    </li>
  );
}

/** A field that finds users and groups by the beginning of their names. */
function PeopleSearch({ publisher, notebook, now, of }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const { readers } = notebook;
  const [text, setText] = React.useState<string | null>(null);
  const [active, setActive] = React.useState(0);
  const open = text !== null;
  const found = 'people' in readers.people ? readers.people.people : [];
  const options: IPersonOption[] = found.map(person => ({
    key: typed(person),
    title: person.full_name || person.name,
    about: about(person, trans),
    person
  }));
  if (readers.people.kind === 'found' && readers.people.more) {
    options.push({ key: 'more', title: trans.__('Show more') });
  }
  const begin = (): void => {
    if (!open) {
      setText('');
      setActive(0);
      readers.search(of.server, '', 0);
    }
  };
  const end = (): void => {
    setText(null);
    readers.endSearch();
  };
  const choose = ({ person }: IPersonOption): void => {
    if (person) {
      notebook.chooseReaders(withReader(now, notebook.form, person, 'viewer'));
      end();
    } else {
      void readers.morePeople(of.server);
    }
  };
  const type = (value: string): void => {
    setText(value);
    setActive(0);
    readers.search(of.server, value);
  };
  return (
    <Combobox
      id="jp-rsc-people"
      label={trans.__('Add people or groups')}
      listLabel={trans.__('People and groups of the server')}
      placeholder={trans.__('Type the beginning of a name')}
      value={text ?? ''}
      state={searchText(readers.people, trans)}
      onOpen={begin}
      onClose={end}
      onType={type}
      onActive={setActive}
      onChoose={choose}
      {...{ open, options, active }}
    />
  );
}

function about({ kind, name, full_name: fullName }: Person, trans: TranslationBundle): string {
  return kind === 'group' ? trans.__('group') : fullName ? name : '';
}

function searchText(people: PeopleState, trans: TranslationBundle): string {
  switch (people.kind) {
    case 'searching':
      return trans.__('Searching…');
    case 'failed':
      return people.problem.message;
    case 'found':
      return people.people.length ? '' : trans.__('Nobody has a name that begins so.');
    case 'closed':
      return '';
  }
}
