import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PublisherModel } from '../model/publisher';
import { isBusy } from '../model/publishJob';
import { serverOf } from '../model/form';
import type { ServerForm } from '../model/servers';
import type { Activity, IProblem } from '../model/state';
import { Footer } from './footer';
import { FormView } from './formView';
import { HeaderView } from './headerView';
import { LogSection } from './logView';
import type { INotebookProps } from './controls';
import { NoticesView } from './noticesView';
import { ServerFormView } from './serverForm';

/** The whole panel as a function of the model. */
export function PanelView({ publisher }: { readonly publisher: PublisherModel }): JSX.Element {
  const { serverPart, current, servers, trans } = publisher;
  useFocusAfterForm(servers.form.kind);
  if (serverPart.kind === 'failed') {
    return (
      <ProblemView
        publisher={publisher}
        problem={serverPart.problem}
        retry={() => publisher.connect()}
      />
    );
  }
  if (servers.form.kind === 'open') {
    return (
      <>
        {current && <HeaderView publisher={publisher} notebook={current} />}
        <div className="jp-rsc-middle">
          <ServerFormView publisher={publisher} />
        </div>
      </>
    );
  }
  if (!current) {
    return (
      <div className="jp-rsc-empty">
        <p>{trans.__('Open a notebook to publish it.')}</p>
      </div>
    );
  }
  return <NotebookView key={current.path} publisher={publisher} notebook={current} />;
}

/** The form that closes takes the focus with it: give it to the server that was added, changed, or left as it was. */
function useFocusAfterForm(kind: ServerForm['kind']): void {
  const before = React.useRef(kind);
  React.useEffect(() => {
    const closed = before.current === 'open' && kind === 'closed';
    before.current = kind;
    if (closed && document.activeElement === document.body) {
      document.getElementById('jp-rsc-server')?.focus();
    }
  }, [kind]);
}

function NotebookView(props: INotebookProps): JSX.Element {
  const { notebook } = props;
  const { inspection, activity } = notebook;
  const progress = 'progress' in activity ? activity.progress : null;
  const busy = isBusy(activity);
  return (
    <>
      <HeaderView {...props} />
      <div className={busy ? 'jp-rsc-middle jp-rsc-busy' : 'jp-rsc-middle'}>
        {busy && <Summary {...props} />}
        {progress && <LogSection {...props} progress={progress} failed={hasFailed(activity)} />}
        {!busy && inspection.kind === 'ready' && <FormView {...props} />}
        {!busy && inspection.kind === 'loading' && <Skeleton />}
        {!busy && inspection.kind === 'failed' && (
          <ProblemView {...props} problem={inspection.problem} retry={() => notebook.load()} />
        )}
      </div>
      <NoticesView publisher={props.publisher} />
      {(inspection.kind !== 'failed' || activity.kind !== 'idle') && <Footer {...props} />}
    </>
  );
}

function hasFailed(activity: Activity): boolean {
  return activity.kind === 'failed' || (activity.kind === 'rehearsed' && !activity.rehearsal.runs);
}

/** The form on one line, while it is being published. */
function Summary({ publisher, notebook }: INotebookProps): JSX.Element {
  const { activity, values } = notebook;
  const title = (activity.kind === 'publishing' && activity.title) || values?.title;
  const name = activity.kind === 'publishing' ? activity.server : (values?.server ?? null);
  const server = serverOf(name, publisher.servers.known);
  return (
    <div className="jp-rsc-summary" title={server?.url}>
      <span className="jp-rsc-summary-title">{title}</span>
      {activity.kind !== 'rehearsing' && (
        <>
          <span aria-hidden="true">→</span>
          <span>{name}</span>
        </>
      )}
    </div>
  );
}

/** The form's place while the notebook is looked at. */
function Skeleton(): JSX.Element {
  return (
    <div className="jp-rsc-skeleton" aria-hidden="true">
      {[1, 2, 3, 4, 5, 6].map(each => (
        <div key={each} />
      ))}
    </div>
  );
}

function ProblemView(props: {
  readonly publisher: PublisherModel;
  readonly problem: IProblem;
  readonly retry: () => Promise<void>;
}): JSX.Element {
  const { publisher, problem, retry } = props;
  return (
    <div className="jp-rsc-empty" role="alert">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint && <p className="jp-rsc-note">{problem.hint}</p>}
      <button type="button" className="jp-rsc-button" onClick={() => void retry()}>
        <refreshIcon.react tag="span" aria-hidden="true" />
        {publisher.trans.__('Try again')}
      </button>
    </div>
  );
}
