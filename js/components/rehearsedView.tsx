import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Rehearsal } from '../api';
import { canFix, fixLabel } from '../model/fixes';
import { formatDuration, formatSize } from '../model/format';
import type { Activity } from '../model/state';
import { type INotebookProps, StatusIcon, TextButton } from './controls';

/** Packages that are listed; the command lists all. */
const MOST_VERSIONS = 8;

/** How a rehearsal ended: whether it runs, at which cell not and why, and what one click can do about it. */
export function RehearsedView(
  props: INotebookProps & { readonly activity: Activity & { kind: 'rehearsed' } }
): JSX.Element {
  const { publisher, notebook, activity } = props;
  const { trans } = publisher;
  const { rehearsal } = activity;
  const { runs, message, hint, where, fix, applied, page, differences, versions } = rehearsal;
  return (
    <div className={runs ? undefined : 'jp-rsc-failure'} role={runs ? 'status' : 'alert'}>
      <div className="jp-rsc-outcome">
        <StatusIcon kind={runs ? 'success' : 'error'} />
        <strong>{message}</strong>
      </div>
      <Facts {...props} />
      {applied.length > 0 && (
        <div className="jp-rsc-note">
          {trans.__('Applied: %1', applied.map(each => fixLabel(each, trans)).join(', '))}
        </div>
      )}
      {differences.length > 0 && (
        <ul className="jp-rsc-rehearsed-differences" aria-label={trans.__('What differs')}>
          {differences.map(each => (
            <li key={each.message}>
              {each.message}{' '}
              <TextButton
                name={trans.__('Go to cell %1', (each.where?.cell ?? 0) + 1)}
                onClick={() => void notebook.goTo(each)}
              >
                {trans.__('Go to cell')}
              </TextButton>
            </li>
          ))}
        </ul>
      )}
      {versions.length > 0 && <Versions versions={versions} trans={trans} />}
      {hint && <div className="jp-rsc-note">{hint}</div>}
      <div className="jp-rsc-links">
        {canFix(fix) && (
          <>
            <TextButton onClick={() => void notebook.fixAndRehearse(fix)}>
              {fix.action === 'set-variable'
                ? fixLabel(fix, trans)
                : trans.__('%1 and rehearse again', fixLabel(fix, trans))}
            </TextButton>
            {!runs && (
              <TextButton onClick={() => void notebook.rehearse({ fix: true })}>
                {trans.__('Fix all and rehearse again')}
              </TextButton>
            )}
          </>
        )}
        {where?.cell !== undefined && (
          <TextButton onClick={() => void notebook.goTo(rehearsal)}>
            {trans.__('Go to cell')}
          </TextButton>
        )}
        {page && (
          <TextButton onClick={() => void notebook.preview()}>{trans.__('Preview')}</TextButton>
        )}
        {!notebook.logOpen && (
          <TextButton onClick={() => notebook.showLog(true)}>{trans.__('Show log')}</TextButton>
        )}
        <TextButton onClick={() => notebook.dismiss()}>{trans.__('Dismiss')}</TextButton>
      </div>
    </div>
  );
}

/** Packages of other versions than the author's. */
function Versions(props: {
  readonly versions: Rehearsal['versions'];
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { versions, trans } = props;
  const more = versions.length - MOST_VERSIONS;
  return (
    <ul
      className="jp-rsc-rehearsed-differences"
      tabIndex={0}
      aria-label={trans.__('Packages that differ')}
    >
      {versions.slice(0, MOST_VERSIONS).map(each => (
        <li key={each.message}>{each.message}</li>
      ))}
      {more > 0 && <li>{trans._n('%1 more package', '%1 more packages', more, more)}</li>}
    </ul>
  );
}

/** How long the run took, and in which environment. */
function Facts(
  props: INotebookProps & { readonly activity: Activity & { kind: 'rehearsed' } }
): JSX.Element | null {
  const { trans } = props.publisher;
  const { python, seconds, environment_bytes: size, cached } = props.activity.rehearsal;
  if (!python || !size) {
    return null;
  }
  const environment = cached
    ? trans.__('environment of %1, kept from before', formatSize(size))
    : trans.__('environment of %1', formatSize(size));
  const took = formatDuration(Math.max(1000, seconds * 1000));
  return (
    <div className="jp-rsc-note jp-rsc-number">
      {[trans.__('Python %1', python), took, environment].join(' · ')}
    </div>
  );
}
