/** The panel in the right area: a widget around the React view. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { publishIcon } from './components/icons';
import { PanelView } from './components/panelView';
import type { PublisherModel } from './model/publisher';
import { PANEL_ID } from './tokens';

export class PublishPanel extends ReactWidget {
  constructor(
    private readonly publisher: PublisherModel,
    /** What Escape does: give the focus back to the notebook. */
    private readonly leave: () => void
  ) {
    super();
    const { trans } = publisher;
    this.id = PANEL_ID;
    this.addClass('jp-rsc-panel');
    this.title.icon = publishIcon;
    this.title.caption = trans.__('Publish to Posit Connect');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Publish to Posit Connect'));
    this.node.tabIndex = -1;
    publisher.changed.connect(this.focusWhenRead, this);
  }

  /**
   * Move the focus to the first thing to do: Publish when it would, else the first empty field. A notebook is read
   * once the panel is open: until then the panel itself has the focus, and passes it on if it still has it.
   */
  focusFirst(): void {
    this.reading = this.publisher.current?.inspection.kind === 'loading';
    const first = this.publisher.current?.isComplete
      ? '.jp-rsc-publish'
      : 'form :is(input, select)';
    const node = this.node.querySelector<HTMLElement>(first);
    (node ?? this.node).focus({ preventScroll: true });
  }

  private focusWhenRead(): void {
    if (this.reading && this.publisher.current?.inspection.kind !== 'loading') {
      this.reading = false;
      requestAnimationFrame(() => {
        if (document.activeElement === this.node) {
          this.focusFirst();
        }
      });
    }
  }

  private reading = false;

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this.publisher.changed}>
        {() => (
          <div
            className="jp-rsc-root"
            onKeyDown={event => {
              if (event.key === 'Escape') {
                this.leave();
              }
            }}
          >
            <PanelView publisher={this.publisher} />
          </div>
        )}
      </UseSignal>
    );
  }

  protected override onAfterShow(): void {
    this.publisher.notices.panelShown();
    this.publisher.update();
  }

  protected override onActivateRequest(): void {
    this.focusFirst();
  }
}
