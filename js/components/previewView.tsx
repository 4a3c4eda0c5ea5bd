import { refreshIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Look } from '../api';
import type { Loaded } from '../model/state';
import { IconButton, TextButton } from './controls';

type Width = 'desktop' | 'tablet' | 'phone';

/** The page in a frame of its own origin, and what its readers may have: a small screen, a dark system, paper. */
export function PreviewView(props: {
  readonly title: string;
  readonly page: Loaded<(look: Look | null) => string>;
  readonly again: () => void;
  readonly compare: (() => void) | null;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { page, again, compare, title, trans } = props;
  const [width, setWidth] = React.useState<Width>('desktop');
  const [look, setLook] = React.useState<Look | ''>('');
  const widths: readonly [Width, string][] = [
    ['desktop', trans.__('Desktop')],
    ['tablet', trans.__('Tablet')],
    ['phone', trans.__('Phone')]
  ];
  return (
    <>
      <div className="jp-rsc-preview-bar">
        <select
          className="jp-rsc-input"
          aria-label={trans.__('Width')}
          value={width}
          onChange={event => setWidth(event.target.value as Width)}
        >
          {widths.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <select
          className="jp-rsc-input"
          aria-label={trans.__('Appearance')}
          value={look}
          onChange={event => setLook(event.target.value as Look | '')}
        >
          <option value="">{trans.__('As in this browser')}</option>
          <option value="light">{trans.__('Light')}</option>
          <option value="dark">{trans.__('Dark')}</option>
          <option value="print">{trans.__('Print')}</option>
        </select>
        {compare && <TextButton onClick={compare}>{trans.__('Compare with published')}</TextButton>}
        <IconButton icon={refreshIcon} name={trans.__('Refresh')} onClick={again} />
      </div>
      <div className="jp-rsc-preview-area">
        {page.kind === 'loading' && <p role="status">{trans.__('Making the page…')}</p>}
        {page.kind === 'failed' && (
          <div role="alert">
            <p>
              <strong>{page.problem.message}</strong>
            </p>
            <p>{page.problem.hint}</p>
          </div>
        )}
        {page.kind === 'ready' && (
          <iframe
            className={`jp-rsc-preview-page jp-mod-${width}`}
            title={title}
            sandbox="allow-scripts"
            referrerPolicy="no-referrer"
            src={page.value(look || null)}
          />
        )}
      </div>
    </>
  );
}
