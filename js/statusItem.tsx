/** The status bar's item while something is being published. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { stageTitle } from './components/progressView';
import type { PublisherModel } from './model/publisher';
import { fraction, STAGES } from './model/progress';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly publisher: PublisherModel,
    private readonly open: () => void
  ) {
    super();
    this.addClass('jp-rsc-status-item');
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.publisher.changed}>
        {() => (
          <button type="button" className="jp-rsc-status" onClick={this.open}>
            {statusText(this.publisher)}
          </button>
        )}
      </UseSignal>
    );
  }
}

function statusText({ busy, trans }: PublisherModel): string {
  const activity = busy?.activity;
  if (activity?.kind !== 'publishing') {
    return trans.__('Publishing…');
  }
  const { progress } = activity;
  const stage = STAGES.find(each => progress.stages[each] === 'running') ?? 'checking';
  const share = Math.round(fraction(progress) * 100);
  return trans.__('Publishing: %1, %2 %', stageTitle(stage, trans), share);
}
