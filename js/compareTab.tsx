/** The tab "Compare": what differs between a version and the notebook, or another version. */

import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { VersionComparison } from './api';
import { CompareView } from './components/compareView';
import { compareIcon } from './components/icons';
import { mainAreaTab } from './mainAreaTab';
import type { IComparisonTab } from './model/host';
import { problemOf } from './model/problems';
import type { Loaded } from './model/state';

export function makeCompareTab(
  tab: IComparisonTab,
  rendermime: IRenderMimeRegistry | null,
  trans: TranslationBundle
): MainAreaWidget<CompareTab> {
  return mainAreaTab(new CompareTab(tab, rendermime, trans), tab, compareIcon);
}

export class CompareTab extends ReactWidget {
  constructor(
    private readonly tab: IComparisonTab,
    private readonly rendermime: IRenderMimeRegistry | null,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-rsc-compare');
    this.node.setAttribute('role', 'region');
    this.node.tabIndex = 0;
    void this.load();
  }

  async load(): Promise<void> {
    this.comparison = { kind: 'loading' };
    this.update();
    try {
      this.comparison = { kind: 'ready', value: await this.tab.load() };
    } catch (error) {
      this.comparison = { kind: 'failed', problem: problemOf(error, this.trans) };
    }
    this.update();
  }

  protected override render(): JSX.Element {
    const { trans, rendermime, comparison } = this;
    const again = (): void => void this.load();
    return <CompareView {...{ trans, rendermime, comparison, again }} />;
  }

  private comparison: Loaded<VersionComparison> = { kind: 'loading' };
}
