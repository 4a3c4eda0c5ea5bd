import { type IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { ComparedCell } from '../api';

export type OutputsAs = 'rendered' | 'text';
type Outputs = ComparedCell['old_outputs'];
type Output = Outputs[number];

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const RENDERED = ['text/html', 'text/markdown', 'text/latex'];

/** Outputs of a cell as readers see them, or as text. Nothing in them is run. */
export function OutputsView(props: {
  readonly outputs: Outputs;
  readonly as: OutputsAs;
  readonly rendermime: IRenderMimeRegistry | null;
  readonly trans: TranslationBundle;
}): JSX.Element {
  return (
    <>
      {props.outputs.map((output, index) => (
        <div key={index} className="jp-rsc-compare-output">
          <OutputView {...props} output={output} />
        </div>
      ))}
    </>
  );
}

function OutputView(props: {
  readonly output: Output;
  readonly as: OutputsAs;
  readonly rendermime: IRenderMimeRegistry | null;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { output, as, rendermime, trans } = props;
  const data = (output.data ?? {}) as Readonly<Record<string, unknown>>;
  const picture = PICTURES.find(each => each in data);
  if (picture) {
    const source = `data:${picture};base64,${joined(data[picture]).replace(/\s/g, '')}`;
    return <img src={source} alt={joined(data['text/plain']) || trans.__('Picture')} />;
  }
  if ('image/svg+xml' in data) {
    const source = `data:image/svg+xml;utf8,${encodeURIComponent(joined(data['image/svg+xml']))}`;
    return <img src={source} alt={trans.__('Picture')} />;
  }
  const type = RENDERED.find(each => each in data);
  if (as === 'rendered' && rendermime && type) {
    return <Rendered rendermime={rendermime} type={type} text={joined(data[type])} />;
  }
  return <pre>{textOf(output, data)}</pre>;
}

/** A text that Jupyter's own renderer makes safe and shows. */
function Rendered(props: {
  readonly rendermime: IRenderMimeRegistry;
  readonly type: string;
  readonly text: string;
}): JSX.Element {
  const { rendermime, type, text } = props;
  const place = React.useRef<HTMLDivElement>(null);
  // Not after the layout: Lumino cannot dispose a widget whose element React has removed already.
  React.useLayoutEffect(() => {
    const node = place.current;
    if (!node) {
      return;
    }
    const renderer = rendermime.createRenderer(type);
    Widget.attach(renderer, node);
    void renderer.renderModel(new MimeModel({ data: { [type]: text }, trusted: false }));
    return () => renderer.dispose();
  }, [rendermime, type, text]);
  return <div ref={place} />;
}

function textOf(output: Output, data: Readonly<Record<string, unknown>>): string {
  const parts = [output.text, output.traceback, data['text/plain'], data['text/html']];
  const text = parts.map(joined).find(each => each) ?? Object.keys(data).join(', ');
  // eslint-disable-next-line no-control-regex -- colours of terminals
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

/** A text of nbformat: a string, or a list of strings. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join('') : typeof value === 'string' ? value : '';
}
