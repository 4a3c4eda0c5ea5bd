/** The tab "Preview": the page that readers would see. */

import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Look } from './api';
import { previewIcon } from './components/icons';
import { PreviewView } from './components/previewView';
import { mainAreaTab } from './mainAreaTab';
import type { IPreviewTab } from './model/host';
import { problemOf } from './model/problems';
import type { Loaded } from './model/state';

export function makePreviewTab(
  tab: IPreviewTab,
  trans: TranslationBundle
): MainAreaWidget<PreviewTab> {
  return mainAreaTab(new PreviewTab(tab, trans), tab, previewIcon);
}

export class PreviewTab extends ReactWidget {
  constructor(
    private readonly tab: IPreviewTab,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-rsc-preview');
    this.node.setAttribute('role', 'region');
    void this.load();
  }

  /** Load the page again; the earlier one is shown meanwhile. */
  async load(): Promise<void> {
    const number = (this.loads += 1);
    let page: Loaded<(look: Look | null) => string>;
    try {
      page = { kind: 'ready', value: await this.tab.load() };
    } catch (error) {
      page = { kind: 'failed', problem: problemOf(error, this.trans) };
    }
    if (number === this.loads) {
      this.page = page;
      this.update();
    }
  }

  protected override render(): JSX.Element {
    const { trans, page, tab } = this;
    const again = (): void => void this.load();
    return (
      <UseSignal signal={tab.changed}>
        {() => (
          <PreviewView {...{ trans, page, again }} title={tab.title} compare={tab.compare()} />
        )}
      </UseSignal>
    );
  }

  private loads = 0;
  private page: Loaded<(look: Look | null) => string> = { kind: 'loading' };
}
