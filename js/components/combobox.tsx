import * as React from 'react';

import { Field } from './controls';

/** One option of the list. */
export interface IComboboxOption {
  readonly key: string;
  readonly title: string;
  readonly about?: string;
  readonly tooltip?: string;
  /** Its heading, above the first option of the group. */
  readonly group?: string;
}

/** A text field with a list of what can be chosen, worked with keyboard or mouse; the caller keeps what is typed. */
export function Combobox<Option extends IComboboxOption>(props: {
  readonly id: string;
  readonly label: string;
  /** What the list is called. */
  readonly listLabel: string;
  readonly hint?: React.ReactNode;
  readonly title?: string;
  readonly placeholder?: string;
  readonly open: boolean;
  readonly value: string;
  readonly options: readonly Option[];
  /** Index of the option that Enter chooses. */
  readonly active: number;
  /** A line below the list: how a search goes. */
  readonly state: string;
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly onType: (typed: string) => void;
  readonly onActive: (index: number) => void;
  readonly onChoose: (option: Option) => void;
}): JSX.Element {
  const { id, label, listLabel, hint, title, placeholder, open, value, options, state } = props;
  const at = Math.min(props.active, options.length - 1);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      if (!open) {
        props.onOpen();
      } else if (options.length) {
        props.onActive((at + steps[event.key] + options.length) % options.length);
      }
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      if (options[at]) {
        props.onChoose(options[at]);
      }
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      props.onClose();
    }
  };
  return (
    <Field id={id} label={label} hint={hint}>
      <div className="jp-rsc-combobox">
        <input
          id={id}
          className="jp-rsc-input"
          role="combobox"
          type="text"
          autoComplete="off"
          spellCheck={false}
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && options[at] ? `${id}-option-${at}` : undefined}
          aria-describedby={`${id}-hint`}
          title={title}
          placeholder={placeholder}
          value={value}
          onFocus={event => event.target.select()}
          onClick={props.onOpen}
          onChange={event => props.onType(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={props.onClose}
        />
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={listLabel}
          className="jp-rsc-options"
          hidden={!open || !options.length}
        >
          {open &&
            options.map((option, index) => (
              <React.Fragment key={option.key}>
                {option.group && option.group !== options[index - 1]?.group && (
                  <div className="jp-rsc-options-group" role="presentation">
                    {option.group}
                  </div>
                )}
                <div
                  id={`${id}-option-${index}`}
                  role="option"
                  aria-selected={index === at}
                  className={index === at ? 'jp-rsc-option jp-mod-active' : 'jp-rsc-option'}
                  title={option.tooltip}
                  onMouseDown={event => event.preventDefault()}
                  onMouseMove={() => props.onActive(index)}
                  onClick={() => props.onChoose(option)}
                >
                  <span className="jp-rsc-option-title">{option.title}</span>
                  <span className="jp-rsc-option-about">{option.about}</span>
                </div>
              </React.Fragment>
            ))}
        </div>
        {open && (
          <div className="jp-rsc-options-state" role="status">
            {state}
          </div>
        )}
      </div>
    </Field>
  );
}
