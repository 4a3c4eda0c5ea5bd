/** Messages to the author: in the panel while it is visible, else as notifications that close by themselves. */

import { Signal } from '@lumino/signaling';

import type { IHost, INotice } from './host';

/** More would leave the form too little room. */
const MOST_NOTICES = 3;
/** Milliseconds after which a message that needs nothing done goes. */
const SHORT_LIFE = 8000;

export class Notices {
  constructor(private readonly host: IHost) {}

  /** True while the author sees the panel. */
  isPanelVisible: () => boolean = () => false;

  /** What the panel shows, oldest first. */
  list: readonly INotice[] = [];

  readonly changed = new Signal<this, void>(this);

  show(notice: INotice): void {
    this.list = [...this.list, notice].slice(-MOST_NOTICES);
    if (!this.isPanelVisible()) {
      this.toasts.push(this.host.notify(notice));
    }
    if (!notice.actions?.length && notice.kind !== 'error') {
      void this.host.pause(SHORT_LIFE).then(() => this.dismiss(notice));
    }
    this.changed.emit();
  }

  dismiss(notice: INotice): void {
    this.list = this.list.filter(each => each !== notice);
    this.changed.emit();
  }

  /** Drop messages about a notebook: the panel now shows that notebook's own state. */
  drop(path: string): void {
    this.list = this.list.filter(each => each.path !== path);
  }

  /** Toasts would lie over the panel's buttons: they go as soon as the panel shows the same. */
  panelShown(): void {
    this.toasts.forEach(dismiss => dismiss());
    this.toasts = [];
  }

  private toasts: (() => void)[] = [];
}
