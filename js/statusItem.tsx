/** The status bar's items: how a publish goes, and whether readers see what the current notebook is now. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { stageTitle } from './components/progressView';
import type { PublisherModel } from './model/publisher';
import { fraction, STAGES } from './model/progress';

export interface IStatus {
  readonly text: string | null;
  /** What the mark of unpublished changes is, for its style. */
  readonly mark?: string | null;
}

/** A text that opens the panel when it is clicked. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly publisher: PublisherModel,
    private readonly status: (publisher: PublisherModel) => IStatus,
    private readonly open: () => void
  ) {
    super();
    this.addClass('jp-rsc-status-item');
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.publisher.changed}>
        {() => {
          const { text, mark } = this.status(this.publisher);
          return (
            <button
              type="button"
              className="jp-rsc-status"
              data-mark={mark ?? undefined}
              onClick={this.open}
            >
              {text}
            </button>
          );
        }}
      </UseSignal>
    );
  }
}

export function changesStatus(publisher: PublisherModel): IStatus {
  return publisher.markOf(publisher.current?.path ?? '');
}

export function publishingStatus({ busy, trans }: PublisherModel): IStatus {
  const activity = busy?.activity;
  if (activity?.kind !== 'publishing') {
    return { text: trans.__('Publishing…') };
  }
  const { progress } = activity;
  const stage = STAGES.find(each => progress.stages[each] === 'running') ?? 'checking';
  const share = Math.round(fraction(progress) * 100);
  return { text: trans.__('Publishing: %1, %2 %', stageTitle(stage, trans), share) };
}
