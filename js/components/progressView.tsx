import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatDuration, formatProgress } from '../model/format';
import { fraction, type IProgress, shareOf, type Stage, STAGES } from '../model/progress';
import type { Connection } from '../model/jobPolling';

/** The steps, the bar and the time of a publish or a rehearsal that runs. */
export function ProgressView(props: {
  readonly progress: IProgress;
  readonly connection: Connection;
  readonly stopping: boolean;
  readonly trans: TranslationBundle;
  readonly stages?: readonly Stage[];
  /** What runs. */
  readonly name?: string;
}): JSX.Element {
  const { progress, connection, stopping, trans, stages = STAGES } = props;
  const now = useNow();
  const share = Math.round(fraction(progress, stages) * 100);
  const running = stages.find(stage => progress.stages[stage] === 'running') ?? 'checking';
  const { amount } = progress;
  const bytes =
    amount && amount.stage === running && formatProgress(amount.done, amount.total, trans);
  return (
    <div className="jp-rsc-progress">
      <div className="jp-rsc-progress-line">
        <span role="status" className={connection === 'up' ? undefined : 'jp-rsc-problem'}>
          {stateText(
            connection,
            stopping ? trans.__('Stopping…') : stageTitle(running, trans),
            trans
          )}
        </span>
        <span className="jp-rsc-number">{bytes}</span>
        <span className="jp-rsc-number jp-rsc-clock">
          {progress.started !== null && formatDuration(now - progress.started)}
        </span>
      </div>
      <div
        className="jp-rsc-bar"
        role="progressbar"
        aria-label={props.name ?? trans.__('Publishing')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={trans.__('%1, %2 %', stageTitle(running, trans), share)}
      >
        {stages.map(stage => (
          <div
            key={stage}
            className={`jp-rsc-stage jp-rsc-stage-${progress.stages[stage]}`}
            title={stageTitle(stage, trans)}
          >
            {amount?.stage === stage && <div style={{ width: `${100 * shareOf(amount)}%` }} />}
          </div>
        ))}
      </div>
    </div>
  );
}

function stateText(connection: Connection, running: string, trans: TranslationBundle): string {
  switch (connection) {
    case 'up':
      return running;
    case 'down':
      return trans.__('No connection to Jupyter, trying again…');
    case 'signed-out':
      return trans.__('Signed out of Jupyter: sign in again in another tab.');
  }
}

export function stageTitle(stage: Stage, trans: TranslationBundle): string {
  switch (stage) {
    case 'checking':
      return trans.__('Checking');
    case 'bundling':
      return trans.__('Bundling');
    case 'installing':
      return trans.__('Installing packages');
    case 'running':
      return trans.__('Running the notebook');
    case 'uploading':
      return trans.__('Uploading');
    case 'deploying':
      return trans.__('Deploying');
    case 'verifying':
      return trans.__('Verifying');
  }
}

/** The time, once a second. */
function useNow(): number {
  const [now, setNow] = React.useState(Date.now());
  React.useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
