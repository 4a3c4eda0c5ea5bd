import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { itemOf, publicationsOn } from '../model/form';
import { formatAge, formatTime } from '../model/format';
import type { IContentItem, Search, Target } from '../model/state';
import { Combobox, type IComboboxOption } from './combobox';
import { modeTitle } from './modeField';
import { type INotebookProps, TextButton } from './controls';

interface IOption extends IComboboxOption {
  readonly target: Target;
}

/** New content, or a content to update: from this notebook's publications, or from a search. */
export function TargetField({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const [text, setText] = React.useState<string | null>(null);
  const [active, setActive] = React.useState(0);
  const now = notebook.values;
  const options = optionsOf({ publisher, notebook }, text ?? '');
  const open = text !== null;

  if (!now) {
    return null;
  }
  const shownText = now.target.kind === 'new' ? trans.__('New content') : now.target.title;
  const begin = (): void => {
    if (!open) {
      setText('');
      setActive(0);
      notebook.searchContent('', 0);
    }
  };
  const end = (): void => {
    setText(null);
    notebook.search.close();
  };
  const choose = (option: IOption): void => {
    notebook.chooseTarget(option.target);
    setText(null);
  };
  const type = (value: string): void => {
    const typed = open ? value : value.replace(shownText, '');
    setText(typed);
    setActive(typed ? firstHit(options) : 0);
    notebook.searchContent(typed);
  };
  return (
    <Combobox
      id="jp-rsc-target"
      label={trans.__('Publish to')}
      listLabel={trans.__('Publish to')}
      hint={<TargetHint {...{ publisher, notebook }} />}
      title={now.target.kind === 'content' ? now.target.title : undefined}
      placeholder={open ? trans.__('Type to search, or paste a link') : undefined}
      value={text ?? shownText}
      state={searchState(notebook.search.state, trans)}
      onOpen={begin}
      onClose={end}
      onType={type}
      onActive={setActive}
      onChoose={choose}
      {...{ open, options, active }}
    />
  );
}

/** The line under the field: a same-titled content on offer, or what publishing does to the chosen one. */
function TargetHint({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const now = notebook.values;
  const { sameTitle } = notebook.state;
  if (sameTitle) {
    const target: Target = { kind: 'content', ...itemOf(sameTitle) };
    const text = sameTitle.owner_name
      ? trans.__('%1 has content with this title.', sameTitle.owner_name)
      : trans.__('The server has content with this title.');
    return (
      <span className="jp-rsc-same-title">
        <span title={text}>{text}</span>{' '}
        <TextButton onClick={() => notebook.chooseTarget(target)}>
          {trans.__('Update it')}
        </TextButton>
      </span>
    );
  }
  if (now?.target.kind === 'content') {
    return <>{describeItem(now.target, trans)}</>;
  }
  const { inspection, form } = notebook;
  const [last] =
    inspection.kind === 'ready' ? publicationsOn(now?.server ?? null, inspection.value) : [];
  if (last && form.mode && last.mode !== form.mode) {
    return <>{trans.__('The content published as %1 is kept.', modeTitle(last.mode, trans))}</>;
  }
  return <>{trans.__('Gets a new URL')}</>;
}

function optionsOf({ publisher, notebook }: INotebookProps, typed: string): IOption[] {
  const { trans } = publisher;
  const now = notebook.values;
  if (!now || notebook.inspection.kind !== 'ready') {
    return [];
  }
  const option = (group: string, item: IContentItem): IOption => ({
    key: item.guid,
    group,
    title: item.title,
    about: describeItem(item, trans),
    tooltip: formatTime(item.time),
    target: { kind: 'content', ...item }
  });
  const options: IOption[] = [
    {
      key: 'new',
      group: '',
      title: trans.__('New content'),
      about: trans.__('with a new URL'),
      target: { kind: 'new' }
    }
  ];
  const words = typed.trim().toLowerCase();
  for (const each of publicationsOn(now.server, notebook.inspection.value)) {
    if (each.title.toLowerCase().includes(words)) {
      options.push(option(trans.__('Published from this notebook'), itemOf(each)));
    }
  }
  const { state } = notebook.search;
  const hits = 'hits' in state ? state.hits : [];
  for (const hit of hits) {
    if (hit.editable && !options.some(each => each.key === hit.guid)) {
      options.push(option(trans.__('On the server'), itemOf(hit)));
    }
  }
  return options;
}

function firstHit(options: readonly IOption[]): number {
  return options.length > 1 ? 1 : 0;
}

function describeItem(item: IContentItem, trans: TranslationBundle): string {
  const parts = [
    modeTitle(item.mode, trans),
    formatAge(item.time, Date.now(), trans),
    item.owner && trans.__('by %1', item.owner)
  ];
  return parts.filter(Boolean).join(' · ');
}

function searchState(search: Search, trans: TranslationBundle): string {
  switch (search.kind) {
    case 'searching':
      return trans.__('Searching…');
    case 'failed':
      return search.problem.message;
    case 'found':
      if (!search.hits.length && search.text.trim()) {
        return trans.__('No content with this title that you can edit.');
      }
      return search.more ? trans.__('There are more results: refine your search.') : '';
    case 'closed':
      return '';
  }
}
