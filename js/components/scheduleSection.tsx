import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ScheduleState } from '../api';
import { formatMoment } from '../model/format';
import type { ScheduleKind } from '../model/schedule';
import { ContentSection } from './contentSection';
import {
  CheckBox,
  ExternalLink,
  Field,
  type INotebookProps,
  SelectField,
  TextButton
} from './controls';

/** When the server runs the content again; only where it does. */
export function ScheduleSection(props: INotebookProps): JSX.Element | null {
  const { publisher, notebook } = props;
  const { trans } = publisher;
  return (
    <ContentSection
      model={notebook.schedule}
      of={notebook.isRerun ? notebook.existing : null}
      title={trans.__('Schedule')}
      reading={trans.__('Reading the schedule…')}
      trans={trans}
    >
      {({ now, of }) => <Content {...props} now={now} server={of.server} />}
    </ContentSection>
  );
}

interface IScheduleProps extends INotebookProps {
  readonly now: ScheduleState;
  readonly server: string;
}

function Content(props: IScheduleProps): JSX.Element {
  const { publisher, now, server } = props;
  const { trans } = publisher;
  return (
    <>
      <p role="status" className="jp-rsc-schedule-now">
        {now.text || trans.__('The content has no schedule.')}
        {now.next_run && (
          <span className="jp-rsc-note">
            {trans.__('Next run: %1', formatMoment(now.next_run))}
          </span>
        )}
      </p>
      {now.writable ? (
        <ScheduleForm {...props} />
      ) : (
        <p className="jp-rsc-note">
          {trans.__('It cannot be set from here: %1.', now.reason)}{' '}
          <ExternalLink href={publisher.servers.pageLink(server, now.dashboard_url)}>
            {trans.__('Open dashboard')}
          </ExternalLink>
        </p>
      )}
      <ParameterList {...props} />
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

function ScheduleForm(props: IScheduleProps): JSX.Element {
  const { publisher, notebook, now } = props;
  const { trans } = publisher;
  const { schedule } = notebook;
  const { fields, busy } = schedule;
  return (
    <>
      <SelectField
        id="jp-rsc-schedule-kind"
        label={trans.__('Run')}
        value={fields.kind}
        choices={kinds(trans)}
        onChoose={kind => schedule.choose({ kind })}
      />
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
      <CheckBox checked={fields.email} onChange={email => schedule.choose({ email })}>
        {trans.__('Mail the page to collaborators')}
      </CheckBox>
      <CheckBox
        checked={fields.publish_output}
        onChange={checked => schedule.choose({ publish_output: checked })}
      >
        {trans.__('Readers see the output')}
      </CheckBox>
      <div className="jp-rsc-actions">
        <button
          type="button"
          className="jp-rsc-button"
          disabled={busy}
          onClick={() => void schedule.write()}
        >
          {trans.__('Set schedule')}
        </button>
        {now.text && (
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
            <CheckBox
              key={name}
              checked={Days.includes(day)}
              onChange={checked =>
                schedule.chooseParameters({
                  Days: days.flatMap((_, each) =>
                    (each === day ? checked : Days.includes(each)) ? [each] : []
                  )
                })
              }
            >
              {name}
            </CheckBox>
          ))}
        </div>
      )}
      {First !== undefined && (
        <SelectField
          id="jp-rsc-schedule-first"
          label={trans.__('Days')}
          value={First ? 1 : 0}
          choices={numbered([trans.__('14th and last day'), trans.__('1st and 15th')])}
          onChoose={each => schedule.chooseParameters({ First: each === 1 })}
        />
      )}
      {Week !== undefined && (
        <SelectField
          id="jp-rsc-schedule-week"
          label={trans.__('Week')}
          value={Week}
          choices={numbered(weekNames(trans))}
          onChoose={each => schedule.chooseParameters({ Week: each })}
        />
      )}
      {Day !== undefined && kind === 'dayweekofmonth' && (
        <SelectField
          id="jp-rsc-schedule-weekday"
          label={trans.__('Day')}
          value={Day}
          choices={numbered(days)}
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
          unit={unitText(kind, N, trans)}
          onChoose={each => schedule.chooseParameters({ N: each })}
        />
      )}
    </>
  );
}

function Count(props: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly unit?: string;
  readonly onChoose: (value: number) => void;
}): JSX.Element {
  const id = `jp-rsc-schedule-${props.id}`;
  return (
    <Field id={id} label={props.label}>
      <div className="jp-rsc-row jp-rsc-number-field">
        <input
          id={id}
          className="jp-rsc-input"
          type="number"
          min={1}
          max={props.most}
          aria-describedby={`${id}-unit`}
          value={props.value}
          onChange={event => props.onChoose(Number(event.target.value))}
        />
        <span id={`${id}-unit`}>{props.unit}</span>
      </div>
    </Field>
  );
}

function numbered(texts: readonly string[]): readonly (readonly [number, string])[] {
  return texts.map((text, number) => [number, text]);
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
