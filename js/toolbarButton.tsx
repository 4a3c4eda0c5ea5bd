/** The button in each notebook's toolbar; its icon shows that notebook's publishing state. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import {
  type LabIcon,
  ReactWidget,
  ToolbarButtonComponent,
  UseSignal
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { failedIcon, publishedIcon, publishIcon, publishingIcon } from './components/icons';
import type { PublisherModel } from './model/publisher';
import type { PublishingState } from './tokens';

const ICONS: Readonly<Record<PublishingState, LabIcon>> = {
  idle: publishIcon,
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
    publisher.changed.connect(this.follow, this);
    this.follow();
  }

  override dispose(): void {
    this.publisher.changed.disconnect(this.follow, this);
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { publisher, notebook, open } = this;
    return (
      <UseSignal signal={publisher.changed}>
        {() => (
          <ToolbarButtonComponent
            icon={ICONS[publisher.state(notebook.context.path)]}
            tooltip={tooltip(publisher, notebook.context.path)}
            onClick={() => open(notebook.context.path)}
          />
        )}
      </UseSignal>
    );
  }

  private follow(): void {
    const { publisher, notebook } = this;
    this.node.dataset.state = publisher.state(notebook.context.path);
    this.node.dataset.mark = publisher.markOf(notebook.context.path).mark ?? '';
    this.node.dataset.runs = publisher.lastRunFailed(notebook.context.path) ? 'failed' : '';
    this.setHidden(!publisher.preferences.toolbarButton);
  }
}

/** The button's name; what the mark says stands after it. */
function tooltip(publisher: PublisherModel, path: string): string {
  const name = publisher.trans.__('Publish to Posit Connect');
  const failed = publisher.lastRunFailed(path) && publisher.trans.__('Last scheduled run failed');
  const said = [publisher.markOf(path).text, failed].filter(Boolean);
  return said.length ? `${name} (${said.join('; ')})` : name;
}
