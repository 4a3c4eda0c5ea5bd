import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { clock, humanPart } from '../model/numbers';
import { fraction, type IProgress, type Stage, STAGES } from '../model/progress';

/** The steps, the bar and the time of a publish that runs. */
export function ProgressView(props: {
  readonly progress: IProgress;
  readonly connected: boolean;
  readonly stopping: boolean;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { progress, connected, stopping, trans } = props;
  const now = useNow();
  const share = Math.round(fraction(progress) * 100);
  const running = STAGES.find(stage => progress.stages[stage] === 'running') ?? 'checking';
  const { amount } = progress;
  const bytes = amount && amount.stage === running && humanPart(amount.done, amount.total, trans);
  const state = !connected
    ? trans.__('No connection to Jupyter, trying again…')
    : stopping
      ? trans.__('Stopping…')
      : stageTitle(running, trans);
  return (
    <div className="jp-rsc-progress">
      <ol className="jp-rsc-stages" aria-hidden="true">
        {STAGES.map(stage => (
          <li
            key={stage}
            className={`jp-rsc-stage jp-rsc-stage-${progress.stages[stage]}`}
            title={stageTitle(stage, trans)}
          />
        ))}
      </ol>
      <div className="jp-rsc-progress-line">
        <span role="status" className={connected ? undefined : 'jp-rsc-problem'}>
          {state}
        </span>
        <span className="jp-rsc-number">{bytes}</span>
        <span className="jp-rsc-number jp-rsc-clock">
          {progress.started !== null && clock(now - progress.started)}
        </span>
      </div>
      <div
        className="jp-rsc-bar"
        role="progressbar"
        aria-label={trans.__('Publishing')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={trans.__('%1, %2 %', stageTitle(running, trans), share)}
      >
        <div style={{ width: `${Math.max(share, 2)}%` }} />
      </div>
    </div>
  );
}

export function stageTitle(stage: Stage, trans: TranslationBundle): string {
  switch (stage) {
    case 'checking':
      return trans.__('Checking');
    case 'bundling':
      return trans.__('Bundling');
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
