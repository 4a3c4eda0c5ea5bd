import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Figure, Tag } from '../api';
import { figureOf, shownTags, withTag } from '../model/readerChoices';
import type { IVanityState, ReadersModel } from '../model/readers';
import { CheckBox, Field, type INotebookProps, type IReaderProps, SelectField } from './controls';

const FIRST_FIGURE = 'first-figure';
const PICTURE = /\.(png|jpe?g|gif|svg)$/i;

/** The content's own address, checked while it is typed. */
export function VanityField({ publisher, notebook, now, of }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const { readers, form } = notebook;
  const id = 'jp-rsc-vanity';
  if (mayNotChoose(now?.may_set_vanity ?? null, readers)) {
    return (
      <div className="jp-rsc-field">
        <span className="jp-rsc-label">{trans.__('Vanity URL')}</span>
        {now?.vanity && <span>{now.vanity}</span>}
        <div className="jp-rsc-hint">
          {trans.__('On this server only administrators choose addresses.')}
        </div>
      </div>
    );
  }
  const { vanity } = readers;
  const problem = vanity?.check?.problem || null;
  return (
    <Field
      id={id}
      label={trans.__('Vanity URL')}
      hint={vanityHint(vanity, trans)}
      problem={problem}
    >
      <input
        id={id}
        className="jp-rsc-input"
        type="text"
        autoComplete="off"
        spellCheck={false}
        maxLength={1000}
        aria-describedby={`${id}-hint`}
        aria-invalid={!!problem}
        placeholder={trans.__('For example %1', '/team/sales/')}
        value={form.vanity ?? now?.vanity ?? ''}
        onChange={event => {
          const text = event.target.value;
          notebook.chooseReaders({ vanity: text === (now?.vanity ?? '') ? undefined : text });
          readers.checkVanity(of, text === now?.vanity ? '' : text);
        }}
      />
    </Field>
  );
}

/** Known to be refused: what the server said before is not asked for again. */
function mayNotChoose(known: boolean | null, { refused }: ReadersModel): boolean {
  return !(known ?? !refused.some(each => each.where?.field === 'vanity'));
}

function vanityHint(vanity: IVanityState | null, trans: TranslationBundle): string {
  if (!vanity) {
    return trans.__('The end of the address that readers see');
  }
  if (!vanity.check) {
    return trans.__('Checking…');
  }
  return vanity.check.free
    ? trans.__('%1 is free.', vanity.check.path)
    : trans.__('Whether %1 is free shows when it is set.', vanity.check.path);
}

export function DescriptionField({ publisher, notebook, now }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const id = 'jp-rsc-description';
  const before = now?.description ?? '';
  return (
    <Field id={id} label={trans.__('Description')}>
      <textarea
        id={id}
        className="jp-rsc-input jp-rsc-prose"
        rows={3}
        maxLength={4096}
        value={notebook.form.description ?? before}
        onChange={event => {
          const text = event.target.value;
          notebook.chooseReaders({ description: text === before ? undefined : text });
        }}
      />
    </Field>
  );
}

/** The server's tags as a tree; its categories cannot be chosen. */
export function TagsField(props: IReaderProps & { readonly tags: readonly Tag[] }): JSX.Element {
  const { publisher, notebook, now, tags } = props;
  const { trans } = publisher;
  const chosen = shownTags(now, notebook.form);
  const [open, setOpen] = React.useState(false);
  const names = [...chosen].join(', ');
  return (
    <div className="jp-rsc-field" role="group" aria-label={trans.__('Tags')}>
      <span className="jp-rsc-label">{trans.__('Tags')}</span>
      {tags.length === 0 ? (
        <div className="jp-rsc-hint">{trans.__('The server has no tags.')}</div>
      ) : (
        <>
          <div>{names || <span className="jp-rsc-hint">{trans.__('none')}</span>}</div>
          <button
            type="button"
            className="jp-rsc-text-button jp-rsc-tags-button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? trans.__('Close the list of tags') : trans.__('Choose tags')}
          </button>
          {open && (
            <ul className="jp-rsc-tags">
              {tags.map(tag => (
                <TagItem key={tag.id} {...props} tag={tag} chosen={chosen} />
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  );
}

function TagItem(
  props: IReaderProps & { readonly tag: Tag; readonly chosen: ReadonlySet<string> }
): JSX.Element {
  const { notebook, now, tag, chosen } = props;
  const depth = tag.path.split('/').length - 1;
  const style = { paddingInlineStart: `${depth * 16}px` };
  if (!tag.parent_id) {
    return (
      <li style={style} className="jp-rsc-options-group">
        {tag.name}
      </li>
    );
  }
  const implied = [...chosen].some(each => each.startsWith(`${tag.path}/`));
  return (
    <li style={style}>
      <CheckBox
        checked={implied || chosen.has(tag.path)}
        disabled={implied}
        onChange={checked => notebook.chooseReaders(withTag(now, notebook.form, tag.path, checked))}
      >
        {tag.name}
      </CheckBox>
    </li>
  );
}

/** The picture beside the title: none, a figure of the notebook, or a file beside the notebook. */
export function ThumbnailField({ publisher, notebook, now }: IReaderProps): JSX.Element {
  const { trans } = publisher;
  const chosen = notebook.form.thumbnail;
  const [ofFile, setOfFile] = React.useState(false);
  const figure = figureOf(chosen);
  const isFile = chosen === undefined ? ofFile : chosen !== 'none' && !figure;
  const choose = (value: string): void => {
    setOfFile(value === 'file');
    notebook.chooseReaders({ thumbnail: value === 'file' ? undefined : value || undefined });
  };
  return (
    <>
      <SelectField
        id="jp-rsc-thumbnail"
        label={trans.__('Thumbnail')}
        value={isFile ? 'file' : figure ? FIRST_FIGURE : (chosen ?? '')}
        choices={[
          ['', now?.thumbnail ? trans.__('As it is on the server') : trans.__('None so far')],
          ...(now?.thumbnail ? [['none', trans.__('None')] as const] : []),
          [FIRST_FIGURE, trans.__('Figure of the notebook')],
          ['file', trans.__('Image file…')]
        ]}
        onChoose={choose}
      />
      {isFile && <ThumbnailFile publisher={publisher} notebook={notebook} />}
      {figure && <FigureChoices publisher={publisher} notebook={notebook} chosen={figure} />}
    </>
  );
}

/** The figures of the saved notebook as small pictures. */
function FigureChoices(props: INotebookProps & { readonly chosen: number }): JSX.Element {
  const { publisher, notebook, chosen } = props;
  const { api, trans } = publisher;
  const { path } = notebook;
  const [figures, setFigures] = React.useState<readonly Figure[] | null>(null);
  React.useEffect(() => {
    let wanted = true;
    const show = (found: readonly Figure[]): void => {
      if (wanted) {
        setFigures(found);
      }
    };
    api.figures(path).then(
      found => show(found.figures),
      () => show([]) // the publish says what is wrong with the notebook
    );
    return () => void (wanted = false);
  }, [api, path]);
  if (!figures?.length) {
    return (
      <p className="jp-rsc-note" role="status">
        {figures
          ? trans.__('The saved notebook has no figures that can be shown.')
          : trans.__('Reading the figures…')}
      </p>
    );
  }
  return (
    <div
      className="jp-rsc-figures"
      role="radiogroup"
      aria-label={trans.__('Figure of the notebook')}
    >
      {figures.map(({ number, media_type, data }) => (
        <label key={number} className="jp-rsc-figure">
          <input
            type="radio"
            name="jp-rsc-figure"
            checked={number === chosen}
            onChange={() => notebook.chooseReaders({ thumbnail: figureChoice(number) })}
          />
          <img src={`data:${media_type};base64,${data}`} alt={trans.__('Figure %1', number)} />
        </label>
      ))}
    </div>
  );
}

function figureChoice(number: number): string {
  return number === 1 ? FIRST_FIGURE : `figure-${number}`;
}

function ThumbnailFile({ publisher, notebook }: INotebookProps): JSX.Element {
  const { trans } = publisher;
  const id = 'jp-rsc-thumbnail-file';
  const { inspection } = notebook;
  const files = inspection.kind === 'ready' ? inspection.value.files.map(each => each.path) : [];
  return (
    <Field
      id={id}
      label={trans.__('Image file')}
      hint={trans.__('Its path from the notebook’s folder')}
    >
      <input
        id={id}
        className="jp-rsc-input"
        type="text"
        list={`${id}-list`}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        value={notebook.form.thumbnail ?? ''}
        onChange={event => notebook.chooseReaders({ thumbnail: event.target.value || undefined })}
      />
      <datalist id={`${id}-list`}>
        {files
          .filter(each => PICTURE.test(each))
          .map(each => (
            <option key={each} value={each} />
          ))}
      </datalist>
    </Field>
  );
}
