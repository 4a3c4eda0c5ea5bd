import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatTime } from '../model/format';
import type { ScheduleKind } from '../model/schedule';
import { type IContentOf, placeOf } from '../model/versions';
import { NotRead, useContentSection } from './contentSection';
import { Disclosure, ExternalLink, Field, type INotebookProps, TextButton } from './controls';

/** When the server runs the content again; only where it does. */
export function ScheduleSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { existing, schedule } = notebook;
  const begin = existing && (() => schedule.open(existing));
  const fold = useContentSection(schedule, placeOf(existing), begin);
  if (!existing || !notebook.isRerun) {
    return null;
  }
  return (
    <Disclosure title={trans.__('Schedule')} {...fold}>
      <Content {...props} />
    </Disclosure>
  );
}

function Content(props: INotebookProps): JSX.Element {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { schedule } = notebook;
  const { state } = schedule;
  if (state.kind !== 'ready') {
    const again = (of: IContentOf): Promise<void> => schedule.open(of);
    return (
      <NotRead state={state} reading={trans.__('Reading the schedule…')} {...{ again, trans }} />
    );
  }
  const { now } = state;
  return (
    <>
      <p role="status">
        {now.text || trans.__('The content has no schedule.')}
        {now.next_run && (
          <span className="jp-rsc-note"> {trans.__('Next run: %1', formatTime(now.next_run))}</span>
        )}
      </p>
      {now.writable ? (
        <ScheduleForm {...props} />
      ) : (
        <p className="jp-rsc-note">
          {trans.__('It cannot be set from here: %1.', now.reason)}{' '}
          <ExternalLink href={publisher.servers.pageLink(state.of.server, now.dashboard_url)}>
            {trans.__('Open dashboard')}
          </ExternalLink>
        </p>
      )}
      <ParameterList {...props} />
      {schedule.problem && (
        <div role="alert" className="jp-rsc-problem">
          {schedule.problem.message} {schedule.problem.hint}
        </div>
      )}
    </>
  );
}

/** What the cell tagged `parameters` assigns: each run has these values. */
function ParameterList({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const { inspection } = notebook;
  const found = inspection.kind === 'ready' ? inspection.value.parameters : [];
  return found.length ? (
    <div className="jp-rsc-note">
      {trans.__('Each run has the parameters of the notebook:')}
      <ul className="jp-rsc-versions">
        {found.map(each => (
          <li key={each.name}>
            <code className="jp-rsc-version-note">{`${each.name} = ${each.value}`}</code>
          </li>
        ))}
      </ul>
      <TextButton onClick={() => void notebook.goTo(found[0])}>{trans.__('Go to cell')}</TextButton>
    </div>
  ) : null;
}

function ScheduleForm(props: INotebookProps): JSX.Element {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  const { schedule } = notebook;
  const { fields, state, writing } = schedule;
  const has = state.kind === 'ready' && !!state.now.text;
  return (
    <>
      <Field id="jp-rsc-schedule-kind" label={trans.__('Run')}>
        <select
          id="jp-rsc-schedule-kind"
          className="jp-rsc-input"
          value={fields.kind}
          onChange={event => schedule.choose({ kind: event.target.value as ScheduleKind })}
        >
          {kinds(trans).map(([kind, text]) => (
            <option key={kind} value={kind}>
              {text}
            </option>
          ))}
        </select>
      </Field>
      <Parameters {...props} />
      <Field id="jp-rsc-schedule-time" label={trans.__('Time')}>
        <input
          id="jp-rsc-schedule-time"
          className="jp-rsc-input"
          type="time"
          value={fields.time}
          onChange={event => schedule.choose({ time: event.target.value })}
        />
      </Field>
      <Field id="jp-rsc-schedule-zone" label={trans.__('Time zone')}>
        <input
          id="jp-rsc-schedule-zone"
          className="jp-rsc-input"
          type="text"
          spellCheck={false}
          value={fields.timezone}
          onChange={event => schedule.choose({ timezone: event.target.value })}
        />
      </Field>
      <label className="jp-rsc-check">
        <input
          type="checkbox"
          checked={fields.email}
          onChange={event => schedule.choose({ email: event.target.checked })}
        />
        {trans.__('Mail the page to collaborators')}
      </label>
      <label className="jp-rsc-check">
        <input
          type="checkbox"
          checked={fields.publish_output}
          onChange={event => schedule.choose({ publish_output: event.target.checked })}
        />
        {trans.__('Readers see the output')}
      </label>
      <div className="jp-rsc-actions">
        <button
          type="button"
          className="jp-rsc-button"
          disabled={writing}
          onClick={() => void schedule.write()}
        >
          {trans.__('Set schedule')}
        </button>
        {has && (
          <TextButton onClick={() => void schedule.remove()}>
            {trans.__('Delete schedule')}
          </TextButton>
        )}
      </div>
    </>
  );
}

/** What a kind needs besides the time. */
function Parameters({ publisher, notebook }: INotebookProps): JSX.Element | null {
  const { trans } = publisher;
  const { schedule } = notebook;
  const { kind, parameters } = schedule.fields;
  const { N, Days, Day, Week, First } = parameters;
  const days = dayNames(trans);
  return (
    <>
      {Days && (
        <div role="group" aria-label={trans.__('Days')} className="jp-rsc-actions">
          {days.map((name, day) => (
            <label key={name} className="jp-rsc-check">
              <input
                type="checkbox"
                checked={Days.includes(day)}
                onChange={event =>
                  schedule.chooseParameters({
                    Days: days.flatMap((_, each) =>
                      (each === day ? event.target.checked : Days.includes(each)) ? [each] : []
                    )
                  })
                }
              />
              {name}
            </label>
          ))}
        </div>
      )}
      {First !== undefined && (
        <Choice
          id="first"
          label={trans.__('Days')}
          value={First ? 1 : 0}
          texts={[trans.__('14th and last day'), trans.__('1st and 15th')]}
          onChoose={each => schedule.chooseParameters({ First: each === 1 })}
        />
      )}
      {Week !== undefined && (
        <Choice
          id="week"
          label={trans.__('Week')}
          value={Week}
          texts={weekNames(trans)}
          onChoose={each => schedule.chooseParameters({ Week: each })}
        />
      )}
      {Day !== undefined && kind === 'dayweekofmonth' && (
        <Choice
          id="weekday"
          label={trans.__('Day')}
          value={Day}
          texts={days}
          onChoose={each => schedule.chooseParameters({ Day: each })}
        />
      )}
      {Day !== undefined && kind === 'dayofmonth' && (
        <Count
          id="day"
          label={trans.__('Day of the month')}
          value={Day}
          most={31}
          onChoose={each => schedule.chooseParameters({ Day: each })}
        />
      )}
      {N !== undefined && (
        <Count
          id="n"
          label={trans.__('Every')}
          value={N}
          most={1000}
          hint={unitText(kind, N, trans)}
          onChoose={each => schedule.chooseParameters({ N: each })}
        />
      )}
    </>
  );
}

function Choice(props: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly texts: readonly string[];
  readonly onChoose: (value: number) => void;
}): JSX.Element {
  const id = `jp-rsc-schedule-${props.id}`;
  return (
    <Field id={id} label={props.label}>
      <select
        id={id}
        className="jp-rsc-input"
        value={props.value}
        onChange={event => props.onChoose(Number(event.target.value))}
      >
        {props.texts.map((text, value) => (
          <option key={text} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

function Count(props: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly hint?: string;
  readonly onChoose: (value: number) => void;
}): JSX.Element {
  const id = `jp-rsc-schedule-${props.id}`;
  return (
    <Field id={id} label={props.label} hint={props.hint}>
      <input
        id={id}
        className="jp-rsc-input"
        type="number"
        min={1}
        max={props.most}
        aria-describedby={`${id}-hint`}
        value={props.value}
        onChange={event => props.onChoose(Number(event.target.value))}
      />
    </Field>
  );
}

function kinds(trans: TranslationBundle): readonly (readonly [ScheduleKind, string])[] {
  return [
    ['minute', trans.__('Every few minutes')],
    ['hour', trans.__('Every few hours')],
    ['day', trans.__('Every day, or every few days')],
    ['weekday', trans.__('Every weekday, Monday to Friday')],
    ['week', trans.__('Every week, or every few weeks')],
    ['dayofweek', trans.__('On days of the week')],
    ['semimonth', trans.__('Twice a month')],
    ['dayofmonth', trans.__('On a day of the month')],
    ['dayweekofmonth', trans.__('On a day of a week of the month')],
    ['year', trans.__('Every year')]
  ];
}

function dayNames(trans: TranslationBundle): readonly string[] {
  return [
    trans.__('Sunday'),
    trans.__('Monday'),
    trans.__('Tuesday'),
    trans.__('Wednesday'),
    trans.__('Thursday'),
    trans.__('Friday'),
    trans.__('Saturday')
  ];
}

function weekNames(trans: TranslationBundle): readonly string[] {
  return [
    trans.__('First'),
    trans.__('Second'),
    trans.__('Third'),
    trans.__('Fourth'),
    trans.__('Fifth'),
    trans.__('Last')
  ];
}

function unitText(kind: ScheduleKind, count: number, trans: TranslationBundle): string {
  switch (kind) {
    case 'minute':
      return trans._n('minute', 'minutes', count);
    case 'hour':
      return trans._n('hour', 'hours', count);
    case 'day':
      return trans._n('day', 'days', count);
    case 'week':
      return trans._n('week', 'weeks', count);
    case 'year':
      return trans._n('year', 'years', count);
    default:
      return trans._n('month', 'months', count);
  }
}
