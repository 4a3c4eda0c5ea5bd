import { caretDownIcon, caretRightIcon, type LabIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ContentReaders, OptionSource } from '../api';

import type { PublisherModel } from '../model/publisher';
import type { NotebookModel } from '../model/notebook';
import type { IDestination } from '../model/sectionModel';

/** What most components are functions of. */
export interface INotebookProps {
  readonly publisher: PublisherModel;
  readonly notebook: NotebookModel;
}

/** What the parts of the section about readers are functions of. */
export interface IReaderProps extends INotebookProps {
  readonly of: IDestination;
  /** As the server has it; null for new content. */
  readonly now: ContentReaders | null;
}

/** A label, its control, and one line under it that is reserved so that nothing moves when it fills. */
export function Field(props: {
  readonly id: string;
  readonly label: string;
  readonly children: React.ReactNode;
  readonly hint?: React.ReactNode;
  readonly problem?: string | null;
  /** What to do about the problem. */
  readonly advice?: string | null;
}): JSX.Element {
  const { id, label, children, hint, problem, advice } = props;
  return (
    <div className="jp-rsc-field">
      <label className="jp-rsc-label" htmlFor={id}>
        {label}
      </label>
      <div className="jp-rsc-control">
        {children}
        <div
          id={`${id}-hint`}
          className={problem ? 'jp-rsc-hint jp-rsc-problem' : 'jp-rsc-hint'}
          aria-live="polite"
        >
          {problem || hint}
          {problem && advice && <div className="jp-rsc-note">{advice}</div>}
        </div>
      </div>
    </div>
  );
}

/** A field that offers a few values. */
export function SelectField<Value extends string | number>(props: {
  readonly id: string;
  readonly label: string;
  readonly value: Value;
  /** Values and what they are called. */
  readonly choices: readonly (readonly [Value, string])[];
  readonly hint?: React.ReactNode;
  readonly onChoose: (value: Value) => void;
}): JSX.Element {
  const { id, label, value, choices, hint, onChoose } = props;
  return (
    <Field id={id} label={label} hint={hint}>
      <select
        id={id}
        className="jp-rsc-input"
        aria-describedby={`${id}-hint`}
        value={value}
        onChange={event => onChoose(choices[event.target.selectedIndex][0])}
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

/** A box to tick, and what it stands for. */
export function CheckBox(props: {
  readonly checked: boolean;
  readonly disabled?: boolean;
  /** Id of the element that says more of it. */
  readonly about?: string;
  readonly onChange: (checked: boolean) => void;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { checked, disabled, about, onChange, children } = props;
  return (
    <label className="jp-rsc-check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={about}
        onChange={event => onChange(event.target.checked)}
      />
      {children}
    </label>
  );
}

/** Values of which one is chosen. */
export function RadioButtons<Value extends string>(props: {
  readonly name: string;
  readonly value: string | undefined;
  readonly choices: readonly (readonly [Value, string])[];
  readonly onChoose: (value: Value) => void;
}): JSX.Element {
  const { name, value, choices, onChoose } = props;
  return (
    <>
      {choices.map(([each, text]) => (
        <label key={each} className="jp-rsc-check">
          <input
            type="radio"
            name={name}
            value={each}
            checked={value === each}
            onChange={() => onChoose(each)}
          />
          {text}
        </label>
      ))}
    </>
  );
}

/** Where an option's value comes from, when the author did not choose it; else `children`. */
export function SourceNote(props: {
  readonly source: OptionSource['source'];
  readonly trans: TranslationBundle;
  readonly children?: React.ReactNode;
}): JSX.Element {
  const { source, trans, children } = props;
  return <>{source === 'remembered' ? trans.__('As in the last publish') : children}</>;
}

/** A row that says its answer on one line and opens on demand. */
export function Disclosure(props: {
  readonly title: string;
  readonly summary?: React.ReactNode;
  readonly open?: boolean;
  readonly onToggle?: (open: boolean) => void;
  readonly tools?: React.ReactNode;
  readonly className?: string;
  readonly children: React.ReactNode;
}): JSX.Element {
  const [own, setOwn] = React.useState(false);
  const id = React.useId();
  const open = props.open ?? own;
  const toggle = (): void => {
    setOwn(!open);
    props.onToggle?.(!open);
  };
  const Caret = open ? caretDownIcon : caretRightIcon;
  return (
    <section className={`jp-rsc-section ${props.className ?? ''}`}>
      <div className="jp-rsc-section-head">
        <button
          type="button"
          className="jp-rsc-section-button"
          aria-expanded={open}
          aria-controls={id}
          aria-describedby={`${id}-summary`}
          onClick={toggle}
        >
          <Caret.react tag="span" className="jp-rsc-caret" aria-hidden="true" />
          <span className="jp-rsc-section-title">{props.title}</span>
        </button>
        <div className="jp-rsc-section-end">
          <span id={`${id}-summary`} className="jp-rsc-section-summary" onClick={toggle}>
            {props.summary}
          </span>
          {open && props.tools}
        </div>
      </div>
      <div id={id} className="jp-rsc-section-body" hidden={!open}>
        {open && props.children}
      </div>
    </section>
  );
}

/** A small button that shows only an icon; its name is read out and shown as a tooltip. */
export function IconButton(props: {
  readonly icon: LabIcon;
  readonly name: string;
  readonly onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
}): JSX.Element {
  const Icon = props.icon;
  return (
    <button
      type="button"
      className="jp-rsc-icon-button"
      title={props.name}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      onClick={props.onClick}
    >
      <Icon.react tag="span" aria-hidden="true" />
      <span className="jp-rsc-only-read">{props.name}</span>
    </button>
  );
}

/** A button that looks like the text around it. */
export function TextButton(props: {
  readonly children: React.ReactNode;
  readonly onClick: () => void;
  readonly title?: string;
  /** What is read out, where the text alone does not say what it is about. */
  readonly name?: string;
  /** Whether what it opens is open, for one that opens something. */
  readonly expanded?: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-rsc-text-button"
      title={props.title}
      aria-label={props.name}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** A link to a page outside Jupyter. */
export function ExternalLink(props: {
  readonly href: string;
  readonly children: React.ReactNode;
}): JSX.Element {
  return (
    <a className="jp-rsc-link" href={webAddress(props.href)} target="_blank" rel="noreferrer">
      {props.children}
      <span aria-hidden="true" className="jp-rsc-out" />
    </a>
  );
}

/** Addresses come from servers: only web pages are linked to. */
function webAddress(href: string): string | undefined {
  return /^https?:\/\//i.test(href) ? href : undefined;
}

/** An icon that means something, with its meaning for those who do not see it. */
export function StatusIcon(props: {
  readonly kind: string;
  readonly meaning?: string;
}): JSX.Element {
  return (
    <span className={`jp-rsc-sign jp-rsc-sign-${props.kind}`}>
      {props.meaning && <span className="jp-rsc-only-read">{props.meaning}</span>}
    </span>
  );
}
