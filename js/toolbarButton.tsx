/** The button in each notebook's toolbar; its icon says how that notebook's publishing stands. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import {
  type LabIcon,
  ReactWidget,
  ToolbarButtonComponent,
  UseSignal
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { failedIcon, publishedIcon, publishIcon, publishingIcon } from './components/icons';
import type { PublisherModel } from './model';
import type { PublishingState } from './tokens';

const ICONS: Readonly<Record<PublishingState, LabIcon>> = {
  idle: publishIcon,
  checking: publishIcon,
  publishing: publishingIcon,
  done: publishedIcon,
  failed: failedIcon
};

export class PublishButton extends ReactWidget {
  constructor(
    private readonly publisher: PublisherModel,
    private readonly notebook: NotebookPanel,
    private readonly open: (path: string) => void
  ) {
    super();
    this.addClass('jp-ToolbarButton');
    this.addClass('jp-rsc-toolbar-button');
    publisher.changed.connect(this.showOrHide, this);
    this.showOrHide();
  }

  override dispose(): void {
    this.publisher.changed.disconnect(this.showOrHide, this);
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { publisher, notebook, open } = this;
    return (
      <UseSignal signal={publisher.changed}>
        {() => {
          const state = publisher.state(notebook.context.path);
          return (
            <ToolbarButtonComponent
              icon={ICONS[state]}
              dataset={{ 'data-state': state }}
              tooltip={publisher.trans.__('Publish to Posit Connect')}
              onClick={() => open(notebook.context.path)}
            />
          );
        }}
      </UseSignal>
    );
  }

  private showOrHide(): void {
    this.setHidden(!this.publisher.preferences.toolbarButton);
  }
}
