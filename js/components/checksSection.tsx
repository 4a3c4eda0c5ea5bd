import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Finding } from '../api';
import { canFix, fixLabel } from '../model/fixes';
import { Disclosure, type INotebookProps, StatusIcon, TextButton } from './controls';

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info', 'unknown'];

/** Codes of findings about a server that says nothing. */
const UNANSWERED = ['no-answer', 'server-silent'];

/** Findings, worst first, each with its fix. */
export function ChecksSection({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const [open, setOpen] = React.useState<boolean | null>(null);
  if (notebook.inspection.kind !== 'ready') {
    return null;
  }
  const { findings } = notebook.inspection.value;
  const attention = findings.some(each => each.severity === 'error' || each.severity === 'warning');
  const sorted = ORDER.flatMap(kind => findings.filter(each => each.severity === kind));
  return (
    <Disclosure
      className="jp-rsc-checks"
      title={trans.__('Checks')}
      summary={summary(findings, trans)}
      open={open ?? attention}
      onToggle={setOpen}
    >
      {sorted.length ? (
        <ul className="jp-rsc-findings">
          {sorted.map((finding, index) => (
            <FindingItem key={`${finding.code}-${index}`} {...{ publisher, notebook, finding }} />
          ))}
        </ul>
      ) : (
        <p className="jp-rsc-note">{trans.__('No problems found.')}</p>
      )}
    </Disclosure>
  );
}

function FindingItem(props: INotebookProps & { readonly finding: Finding }): JSX.Element {
  const { publisher, notebook, finding } = props;
  const { trans } = publisher;
  const { where, fix } = finding;
  return (
    <li className="jp-rsc-finding">
      <StatusIcon kind={finding.severity} meaning={severityLabel(finding.severity, trans)} />
      <div>
        <div className="jp-rsc-finding-text">{finding.message}</div>
        {finding.hint && <div className="jp-rsc-note">{finding.hint}</div>}
        <div className="jp-rsc-actions">
          {where?.cell !== undefined && (
            <TextButton onClick={() => void notebook.goTo(finding)}>
              {trans.__('Go to cell')}
            </TextButton>
          )}
          {where?.cell === undefined && where?.file && (
            <TextButton onClick={() => void notebook.goTo(finding)} title={where.file}>
              {trans.__('Open file')}
            </TextButton>
          )}
          {canFix(fix) && (
            <TextButton onClick={() => void notebook.fix(finding)}>
              {fixLabel(fix, trans)}
            </TextButton>
          )}
        </div>
      </div>
    </li>
  );
}

function severityLabel(severity: Finding['severity'], trans: TranslationBundle): string {
  switch (severity) {
    case 'error':
      return trans.__('Error:');
    case 'warning':
      return trans.__('Warning:');
    case 'info':
      return trans.__('Note:');
    case 'unknown':
      return trans.__('Not checked:');
  }
}

function summary(findings: readonly Finding[], trans: TranslationBundle): React.ReactNode {
  const count = (severity: Finding['severity']): number =>
    findings.filter(each => each.severity === severity).length;
  const [stops, warnings] = [count('error'), count('warning')];
  if (stops) {
    return (
      <span className="jp-rsc-problem">{trans._n('%1 error', '%1 errors', stops, stops)}</span>
    );
  }
  const parts = [
    warnings ? trans._n('%1 warning', '%1 warnings', warnings, warnings) : '',
    notChecked(findings, trans)
  ].filter(Boolean);
  return parts.join(', ') || trans.__('no problems found');
}

/** What is not known, as "no problems found" would be wrong. */
function notChecked(findings: readonly Finding[], trans: TranslationBundle): string {
  const unknown = findings.filter(each => each.severity === 'unknown');
  if (unknown.some(each => UNANSWERED.includes(each.code))) {
    return trans.__('not checked: the server does not answer');
  }
  return unknown.length
    ? trans._n('%1 not checked', '%1 not checked', unknown.length, unknown.length)
    : '';
}
