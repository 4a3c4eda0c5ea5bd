/** The panel drawn in a test, and what a person does with it. */

import { act, cleanup, fireEvent, render } from '@testing-library/react';
import * as React from 'react';
import { afterEach } from 'vitest';

import { PanelView } from '../components/panelView';
import { connectedPublisher, flushPromises, type ITestPublisher } from './fixtures';

let forget: (() => void)[] = [];
afterEach(() => {
  forget.forEach(each => each());
  forget = [];
  cleanup();
});

/** Draw the panel, or a part of it, from the model's state as it is now, and again after each change. */
export function show(
  { publisher }: ITestPublisher,
  view: () => React.JSX.Element = () => <PanelView publisher={publisher} />
): HTMLElement {
  const whole = (): React.JSX.Element => <main>{view()}</main>;
  const { container, rerender } = render(whole());
  const again = (): void => act(() => rerender(whole()));
  publisher.changed.connect(again);
  forget.push(() => publisher.changed.disconnect(again));
  return container;
}

/** The names of the buttons and links that are drawn. */
export function actions(): string[] {
  return [...document.querySelectorAll('button, a')].map(nameOf);
}

/** The one button of this name; looked for by its text, as roles take long to work out. */
export function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].filter(each => nameOf(each) === name);
  if (found.length !== 1) {
    throw new Error(`${found.length} buttons “${name}” among: ${actions().join(', ')}`);
  }
  return found[0];
}

export async function click(name: string): Promise<void> {
  fireEvent.click(button(name));
  await flushPromises();
}

function nameOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
}

/** Draw the panel of a publisher that knows a server, once it has read what it shows at first. */
export async function shownPublisher(
  prepare: (api: ITestPublisher['api']) => void
): Promise<ITestPublisher> {
  const made = await connectedPublisher(prepare);
  show(made);
  await flushPromises();
  return made;
}
