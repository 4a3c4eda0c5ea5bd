import { closeIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Person, Reader } from '../api';
import { type IShownReader, shownReaders, typed, withReader } from '../model/readerChoices';
import type { PeopleState } from '../model/readers';
import { Field, IconButton, type IReaderProps, TextButton } from './controls';

const ID = 'jp-rsc-people';

/** Users and groups that are permitted, and the search for more. */
export function PeopleField(props: IReaderProps): JSX.Element {
  const { publisher, notebook, now } = props;
  const { trans } = publisher;
  const shown = shownReaders(now, notebook.form);
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
  const more = readers.people.kind === 'found' && readers.people.more;
  const count = found.length + (more ? 1 : 0);
  const at = Math.min(active, count - 1);
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
  const choose = (index: number): void => {
    const person: Person | undefined = found[index];
    if (person) {
      notebook.chooseReaders(withReader(now, notebook.form, person, 'viewer'));
      end();
    } else if (more) {
      void readers.morePeople(of.server);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      if (open && count) {
        setActive((at + steps[event.key] + count) % count);
      } else {
        begin();
      }
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (open) {
        choose(at);
      }
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      end();
    }
  };
  return (
    <Field id={ID} label={trans.__('Add people or groups')}>
      <div className="jp-rsc-combobox">
        <input
          id={ID}
          className="jp-rsc-input"
          role="combobox"
          type="text"
          autoComplete="off"
          spellCheck={false}
          aria-expanded={open}
          aria-controls={`${ID}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && count ? `${ID}-option-${at}` : undefined}
          placeholder={trans.__('Type the beginning of a name')}
          value={text ?? ''}
          onClick={begin}
          onChange={event => {
            setText(event.target.value);
            setActive(0);
            readers.search(of.server, event.target.value);
          }}
          onKeyDown={onKeyDown}
          onBlur={end}
        />
        <div
          id={`${ID}-list`}
          role="listbox"
          aria-label={trans.__('People and groups of the server')}
          className="jp-rsc-options"
          hidden={!open || !count}
        >
          {open &&
            [...found, ...(more ? [null] : [])].map((person, index) => (
              <div
                key={person ? typed(person) : 'more'}
                id={`${ID}-option-${index}`}
                role="option"
                aria-selected={index === at}
                className={index === at ? 'jp-rsc-option jp-mod-active' : 'jp-rsc-option'}
                onMouseDown={event => event.preventDefault()}
                onMouseMove={() => setActive(index)}
                onClick={() => choose(index)}
              >
                <span className="jp-rsc-option-title">
                  {person ? person.full_name || person.name : trans.__('Show more')}
                </span>
                <span className="jp-rsc-option-about">{person && about(person, trans)}</span>
              </div>
            ))}
        </div>
        {open && (
          <div className="jp-rsc-options-state" role="status">
            {searchText(readers.people, trans)}
          </div>
        )}
      </div>
    </Field>
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
