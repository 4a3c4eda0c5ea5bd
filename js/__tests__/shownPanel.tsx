/** The panel drawn in a test, and what a person does with it. */

import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
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

/** Draw the panel from the model's state as it is now, and again after each change; until the test ends. */
export function show({ publisher }: ITestPublisher): HTMLElement {
  const view = (): React.JSX.Element => (
    <main>
      <PanelView publisher={publisher} />
    </main>
  );
  const { container, rerender } = render(view());
  const again = (): void => act(() => rerender(view()));
  publisher.changed.connect(again);
  forget.push(() => publisher.changed.disconnect(again));
  return container;
}

export async function click(name: string): Promise<void> {
  fireEvent.click(screen.getByRole('button', { name }));
  await flushPromises();
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
