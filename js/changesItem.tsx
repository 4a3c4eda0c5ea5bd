/** The status bar's item that says whether readers see what the current notebook is now. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PublisherModel } from './model/publisher';

export class ChangesItem extends ReactWidget {
  constructor(
    private readonly publisher: PublisherModel,
    private readonly open: () => void
  ) {
    super();
    this.addClass('jp-rsc-status-item');
  }

  protected override render(): JSX.Element {
    const { publisher } = this;
    return (
      <UseSignal signal={publisher.changed}>
        {() => {
          const { mark, text } = publisher.markOf(publisher.current?.path ?? '');
          return (
            <button
              type="button"
              className="jp-rsc-status jp-rsc-changes-item"
              data-mark={mark ?? ''}
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
