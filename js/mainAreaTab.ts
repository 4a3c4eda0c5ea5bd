/** Tabs of the main area, as "Compare" and "Preview" are. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { LabIcon, ReactWidget } from '@jupyterlab/ui-components';

/** Put a content into a tab of its own that can be closed. */
export function mainAreaTab<T extends ReactWidget>(
  content: T,
  { id, title }: { readonly id: string; readonly title: string },
  icon: LabIcon
): MainAreaWidget<T> {
  const widget = new MainAreaWidget({ content });
  content.node.setAttribute('aria-label', title); // it has given it a name of its own
  widget.id = id;
  widget.title.label = title;
  widget.title.caption = title;
  widget.title.icon = icon;
  widget.title.closable = true;
  return widget;
}
