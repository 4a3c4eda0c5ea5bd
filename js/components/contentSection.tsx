import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { type IDestination, type IReady, placeOf, type SectionModel } from '../model/sectionModel';
import type { IProblem } from '../model/state';
import { Disclosure, TextButton } from './controls';

interface IModelProps<Value, Of extends IDestination> {
  readonly model: SectionModel<Value, Of>;
  /** What is read, as a sentence. */
  readonly reading: string;
  readonly trans: TranslationBundle;
}

/** A section that shows what its model reads from the server while it is open; nothing without content. */
export function ContentSection<Value, Of extends IDestination>(
  props: IModelProps<Value, Of> & {
    readonly of: Of | null;
    readonly title: string;
    readonly summary?: React.ReactNode;
    readonly children: (ready: IReady<Value, Of>) => React.ReactNode;
  }
): JSX.Element | null {
  const { model, of, title, summary, children } = props;
  const { state, problem } = model;
  const fold = useContentSection(model, of);
  return (
    of && (
      <Disclosure title={title} summary={summary} {...fold}>
        {state.kind === 'ready' ? children(state) : <NotRead {...props} />}
        <SectionProblem problem={problem} />
      </Disclosure>
    )
  );
}

/** Fold a section: its model reads when it is opened, and again when the content is another one. */
export function useContentSection<Value, Of extends IDestination>(
  model: SectionModel<Value, Of>,
  of: Of | null
): { readonly open: boolean; readonly onToggle: (wanted: boolean) => void } {
  const open = model.state.kind !== 'closed';
  const place = placeOf(of);
  React.useEffect(() => {
    if (open && of) {
      void model.open(of);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `place` says which content it is
  }, [open, place, model]);
  const onToggle = (wanted: boolean): void => {
    if (!wanted) {
      model.close();
    } else if (of) {
      void model.open(of);
    }
  };
  return { open, onToggle };
}

/** What a section shows while it reads from the server, and when it could not. */
export function NotRead<Value, Of extends IDestination>(
  props: IModelProps<Value, Of>
): JSX.Element {
  const { model, reading, trans } = props;
  const { state } = model;
  return state.kind === 'failed' ? (
    <div role="alert">
      <div>{state.problem.message}</div>
      <TextButton onClick={() => void model.open(state.of)}>{trans.__('Try again')}</TextButton>
    </div>
  ) : (
    <p className="jp-rsc-note" role="status">
      {reading}
    </p>
  );
}

/** Why a change was not made. */
export function SectionProblem(props: { readonly problem: IProblem | null }): JSX.Element | null {
  const { problem } = props;
  return (
    problem && (
      <div role="alert" className="jp-rsc-problem">
        {problem.message} {problem.hint}
      </div>
    )
  );
}

/** What is chosen and not on the server yet: when it goes there, a button to do that now, and one to undo the choice. */
export function ApplyRow(props: {
  /** When it goes to the server, as a sentence. */
  readonly when: string;
  readonly canApply: boolean;
  readonly disabled: boolean;
  readonly onApply: () => void;
  readonly applyName?: string;
  readonly onUndo: () => void;
  readonly undoName: string;
  readonly trans: TranslationBundle;
  /** What is chosen, above the sentence. */
  readonly children?: React.ReactNode;
}): JSX.Element {
  const { trans } = props;
  return (
    <div className="jp-rsc-apply">
      {props.children}
      <p className="jp-rsc-note" role="status">
        {props.when}
      </p>
      {props.canApply && (
        <button
          type="button"
          className="jp-rsc-button"
          aria-label={props.applyName}
          disabled={props.disabled}
          onClick={props.onApply}
        >
          {trans.__('Apply')}
        </button>
      )}
      <TextButton onClick={props.onUndo} name={props.undoName}>
        {trans.__('Undo')}
      </TextButton>
    </div>
  );
}
