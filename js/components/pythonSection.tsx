import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Inspection, Requirements } from '../api';
import { AdditionsField } from './additionsField';
import { Disclosure, type INotebookProps } from './controls';
import { OptionSelect } from './optionFields';

const PROJECT_FILE =
  /(^|\/)(requirements[^/]*\.(txt|in)|pyproject\.toml|environment\.ya?ml|Pipfile)$/;

/** What the server must install, and where that list comes from. */
export function PythonSection({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const inspection = notebook.inspection.kind === 'ready' ? notebook.inspection.value : null;
  if (!inspection) {
    return null;
  }
  const { kernel, requirements } = inspection;
  const chosen = notebook.option('requirements') ?? 'auto';
  return (
    <Disclosure title={trans.__('Python')} summary={summary(inspection, trans)}>
      {kernel?.interpreter && (
        <p className="jp-rsc-note" title={kernel.interpreter}>
          {kernel.interpreter}
        </p>
      )}
      <RunningKernel publisher={publisher} notebook={notebook} />
      <OptionSelect
        publisher={publisher}
        notebook={notebook}
        name="requirements"
        label={trans.__('Requirements')}
        choices={sources(inspection, chosen).map(each => [each, sourceTitle(each, trans)])}
      />
      {requirements && <RequirementList requirements={requirements} trans={trans} />}
      <AdditionsField publisher={publisher} notebook={notebook} />
    </Disclosure>
  );
}

/** What the running kernel says of its packages, or the button to ask it. */
function RunningKernel({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const kernel = notebook.inspection.kind === 'ready' ? notebook.inspection.value.kernel : null;
  if (kernel?.language !== 'python') {
    return null;
  }
  if (kernel.asked) {
    return (
      <p className="jp-rsc-note">{trans.__('The running kernel was asked for its packages.')}</p>
    );
  }
  if (notebook.kernelState === 'none') {
    const unknown = trans.__('Its packages are not known. Start the kernel to ask it.');
    return kernel.interpreter ? null : <p className="jp-rsc-note">{unknown}</p>;
  }
  return (
    <div className="jp-rsc-field">
      <button
        type="button"
        className="jp-rsc-button"
        aria-describedby="jp-rsc-ask-kernel-hint"
        onClick={() => void notebook.askKernel()}
      >
        {trans.__('Ask the running kernel')}
      </button>
      <div id="jp-rsc-ask-kernel-hint" className="jp-rsc-hint">
        {trans.__(
          'It says which packages it has installed and loaded, now and whenever you open this panel. Nothing is run in your session.'
        )}
      </div>
    </div>
  );
}

function RequirementList(props: {
  readonly requirements: Requirements;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { requirements, trans } = props;
  const { lines, difference } = requirements;
  const added = new Set(difference?.added);
  return (
    <>
      <ul className="jp-rsc-requirements" aria-label={requirements.package_file}>
        {lines.map(line => (
          <li key={line} className={added.has(line) ? 'jp-rsc-added' : undefined}>
            {line}
          </li>
        ))}
        {difference?.removed.map(line => (
          <li key={`-${line}`} className="jp-rsc-removed">
            <del>{line}</del>
          </li>
        ))}
        {!lines.length && <li className="jp-rsc-note">{trans.__('No packages to install.')}</li>}
      </ul>
      {difference && (added.size > 0 || difference.removed.length > 0) && (
        <p className="jp-rsc-note">
          {trans.__(
            'Since the last publish: %1 added, %2 removed.',
            added.size,
            difference.removed.length
          )}
        </p>
      )}
    </>
  );
}

function sources(inspection: Inspection, chosen: string): string[] {
  const files = inspection.files.map(each => each.path).filter(path => PROJECT_FILE.test(path));
  const origin = inspection.requirements?.origin;
  const all = ['auto', 'imports', 'freeze', ...(origin ? [origin] : []), ...files, chosen];
  return [...new Set(all)];
}

function sourceTitle(source: string, trans: TranslationBundle): string {
  switch (source) {
    case 'auto':
      return trans.__('Detect automatically');
    case 'imports':
      return trans.__('Packages that the notebook imports');
    case 'freeze':
      return trans.__('All installed packages');
    default:
      return source;
  }
}

function summary(inspection: Inspection, trans: TranslationBundle): React.ReactNode {
  const { kernel, requirements } = inspection;
  if (!kernel) {
    return trans.__('unknown');
  }
  if (kernel.language !== 'python') {
    return trans.__('not used (%1)', kernel.display_name);
  }
  const version = kernel.version.split('.').slice(0, 2).join('.');
  if (!requirements || requirements.source === 'none') {
    return version;
  }
  const count = requirements.lines.length;
  const packages = trans._n('%1 package', '%1 packages', count, count);
  const from = {
    file: requirements.origin ?? requirements.package_file,
    imports: trans.__('from imports'),
    freeze: trans.__('all installed')
  }[requirements.source];
  return (
    <>
      {`${version} · ${packages}`}
      <span className="jp-rsc-where-wide">, {from}</span>
    </>
  );
}
