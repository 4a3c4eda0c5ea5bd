import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IProblem } from '../model/state';
import { TextButton } from './controls';

/** What a section is, as far as a fold is concerned; its model reads from the server while it is open. */
interface IFolding {
  readonly state: { readonly kind: string };
  close(): void;
}

/**
 * Fold a section about content: `begin` reads it when the section is opened, and again when the content is another one.
 *
 * @param place - Says which content it is, as `placeOf` does.
 * @param begin - Null while there is no content.
 */
export function useContentSection(
  model: IFolding,
  place: string,
  begin: (() => Promise<void>) | null
): { readonly open: boolean; readonly onToggle: (wanted: boolean) => void } {
  const open = model.state.kind !== 'closed';
  React.useEffect(() => {
    if (open) {
      void begin?.();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `place` says what `begin` reads
  }, [open, place, model]);
  const onToggle = (wanted: boolean): void => {
    if (wanted) {
      void begin?.();
    } else {
      model.close();
    }
  };
  return { open, onToggle };
}

/** What a section shows while it reads from the server, and when it could not. */
export function NotRead<Of>(props: {
  readonly state:
    | { readonly kind: 'closed' | 'loading' }
    | { readonly kind: 'failed'; readonly of: Of; readonly problem: IProblem };
  /** What is read, as a sentence. */
  readonly reading: string;
  readonly again: (of: Of) => Promise<void>;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { state, reading, again, trans } = props;
  return state.kind === 'failed' ? (
    <div role="alert">
      <div>{state.problem.message}</div>
      <TextButton onClick={() => void again(state.of)}>{trans.__('Try again')}</TextButton>
    </div>
  ) : (
    <p className="jp-rsc-note" role="status">
      {reading}
    </p>
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
