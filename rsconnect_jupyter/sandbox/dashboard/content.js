// One content item: what it is, who may see it, its bundles and its runs.

import {
  address,
  alertOf,
  ask,
  chip,
  element,
  link,
  section,
  size,
  soft,
  table,
  when
} from './elements.js';
import { jobName, runState, stopButton } from './log.js';

export const MODES = {
  'jupyter-static': 'Notebook',
  'jupyter-voila': 'Voilà app',
  'quarto-static': 'Quarto document',
  'python-api': 'Flask API',
  'python-fastapi': 'FastAPI',
  'python-dash': 'Dash app',
  'python-streamlit': 'Streamlit app',
  'python-bokeh': 'Bokeh app',
  'python-panel': 'Panel app',
  'python-shiny': 'Shiny app',
  'python-gradio': 'Gradio app',
  static: 'Document',
  unknown: 'Not deployed yet'
};
export const ACCESS = {
  acl: 'Only people on the list',
  logged_in: 'Everyone signed in',
  all: 'Anyone, no sign-in'
};
const ROLES = { viewer: 'may see it', owner: 'may change it' };
const RUNS_SHOWN = 12;

export async function showContent(view) {
  const { guid, me } = view;
  const item = await ask(`content/${guid}?include=owner`);
  const title = item.title || item.name;
  const mine = item.app_role === 'owner' || item.app_role === 'editor';
  const mayChange = me.user_role !== 'viewer' && (mine || me.user_role === 'administrator');
  const parts = [link('← Content', '#/'), ...head(item, view), actions(item, mayChange, view)];
  if (!mayChange) {
    return [title, parts];
  }
  const names = ['bundles', 'jobs', 'permissions', 'environment'];
  const [bundles, jobs, people, variables] = await Promise.all(
    names.map(each => ask(`content/${guid}/${each}`))
  );
  parts.push(
    ...notices(item, jobs),
    await accessSection(item, people, view),
    bundleSection(item, bundles, view)
  );
  parts.push(runSection(item, jobs, view), variableSection(variables));
  if (jobs.some(each => each.status === 0 && !each.tag.startsWith('run_'))) {
    setTimeout(view.again, 2000);
  }
  return [title, parts];
}

function head(item, view) {
  const python = item.py_version ? ` · Python ${item.py_version}` : '';
  const by = `by ${item.owner?.username ?? 'unknown'}`;
  const deployed =
    item.bundle_id === null
      ? [' · created ', when(item.created_time)]
      : [' · deployed ', when(item.last_deployed_time)];
  return [
    view.heading(item.title || item.name),
    element(
      'p',
      { class: 'soft meta' },
      chip(MODES[item.app_mode] ?? item.app_mode, item.bundle_id === null ? 'faint' : ''),
      element('span', {}, by, ...deployed, python)
    ),
    item.description ? element('p', {}, item.description) : '',
    item.locked ? element('p', { class: 'notice warn' }, `Locked. ${item.locked_message}`) : ''
  ].filter(Boolean);
}

function actions(item, mayChange, view) {
  const open = element(
    'a',
    { class: 'button main-action', href: item.content_url, target: '_blank', rel: 'noopener' },
    'Open'
  );
  const remove = element(
    'button',
    {
      class: 'danger',
      click: () => {
        if (confirm(`Delete “${item.title || item.name}” with all its bundles?`)) {
          act(view, async () => {
            await ask(`content/${item.guid}`, 'DELETE');
            location.hash = '#/';
          });
        }
      }
    },
    'Delete'
  );
  return element(
    'div',
    { class: 'row apart' },
    item.bundle_id === null ? element('span') : open,
    mayChange ? remove : ''
  );
}

function notices(item, jobs) {
  const last = jobs[0];
  if (item.bundle_id === null && !last) {
    return [
      element('p', { class: 'notice' }, 'It was created, and nothing was deployed to it yet.')
    ];
  }
  if (!last || last.status === 0 || last.exit_code === 0 || last.tag === 'run_voila_app') {
    return [];
  }
  const stays = item.bundle_id === null ? '' : ` Readers still see bundle ${item.bundle_id}.`;
  return [
    alertOf(
      `The last run failed.${stays} `,
      link('Open the log', `#/apps/${item.guid}/logs/${last.key}`)
    )
  ];
}

async function accessSection(item, people, view) {
  const access = element(
    'select',
    {
      'aria-label': 'Access',
      change: event =>
        act(view, () => ask(`content/${item.guid}`, 'PATCH', { access_type: event.target.value }))
    },
    ...Object.entries(ACCESS).map(([value, text]) =>
      element('option', { value, selected: value === item.access_type }, text)
    )
  );
  const [users, groups] = await Promise.all([
    ask('users?page_size=500'),
    ask('groups?page_size=500')
  ]);
  const names = new Map([
    ...users.results.map(each => [each.guid, each.username]),
    ...groups.results.map(each => [each.guid, `${each.name} (group)`])
  ]);
  const rows = people.map(each => [
    names.get(each.principal_guid) ?? 'someone who is gone',
    element('span', { class: 'soft' }, ROLES[each.role]),
    element(
      'button',
      {
        click: () => act(view, () => ask(`content/${item.guid}/permissions/${each.id}`, 'DELETE'))
      },
      'Remove'
    )
  ]);
  const list = rows.length ? table(['Person', 'Right', ''], rows) : '';
  const listed = new Set([item.owner_guid, ...people.map(each => each.principal_guid)]);
  const others = users.results.filter(each => !listed.has(each.guid));
  return section(
    'Access',
    element('div', { class: 'row' }, access),
    list,
    others.length ? adder(item, others, view) : ''
  );
}

function adder(item, others, view) {
  const who = element(
    'select',
    { 'aria-label': 'Person to add' },
    ...others.map(each => element('option', { value: each.guid }, each.username))
  );
  const right = element(
    'select',
    { 'aria-label': 'What the person may do' },
    ...Object.entries(ROLES).map(([value, text]) => element('option', { value }, text))
  );
  const add = () => ({ principal_guid: who.value, principal_type: 'user', role: right.value });
  return element(
    'div',
    { class: 'row' },
    who,
    right,
    element(
      'button',
      { click: () => act(view, () => ask(`content/${item.guid}/permissions`, 'POST', add())) },
      'Add'
    )
  );
}

function bundleSection(item, bundles, view) {
  const newest = Math.max(...bundles.map(each => Number(each.id)));
  const rows = bundles.map(each => {
    const built = each.py_version !== null || each.cluster_name !== null;
    const draft =
      built &&
      !each.active &&
      (item.bundle_id === null || Number(each.id) > Number(item.bundle_id));
    const page = new URL(`../content/${item.guid}/_bundle${each.id}/`, location.href);
    const use = item.bundle_id === null && Number(each.id) === newest ? 'Deploy' : 'Activate';
    return [
      [
        `Bundle ${each.id} `,
        each.active ? chip('active', 'good') : draft ? chip('draft', 'warn') : ''
      ],
      when(each.created_time),
      element('span', { class: 'soft' }, size(each.size)),
      element(
        'span',
        { class: 'actions' },
        built && !each.active ? link('Preview', page, true) : '',
        link('Download', address(`content/${item.guid}/bundles/${each.id}/download`)),
        each.active
          ? ''
          : element('button', { click: () => act(view, () => activate(item, each.id)) }, use)
      )
    ];
  });
  return section(
    'Bundles',
    rows.length
      ? table(['Bundle', 'Uploaded', 'Size', ''], rows)
      : soft('Nothing was uploaded yet.')
  );
}

async function activate(item, bundle) {
  const { task_id: task } = await ask(`content/${item.guid}/deploy`, 'POST', { bundle_id: bundle });
  const log = element('pre', { class: 'log', role: 'log' });
  document
    .getElementById('main')
    .replaceChildren(element('h1', {}, `Deploying bundle ${bundle}…`), log);
  for (let first = 0; ;) {
    const state = await ask(`tasks/${task}?first=${first}&wait=1`);
    log.append(state.output.map(line => `${line}\n`).join(''));
    log.scrollTop = log.scrollHeight;
    first = state.last;
    if (state.finished) {
      return;
    }
  }
}

function runSection(item, jobs, view) {
  const rows = jobs
    .slice(0, RUNS_SHOWN)
    .map(each => [
      element('span', { title: each.tag }, jobName(each.tag)),
      element('span', { class: 'soft' }, `bundle ${each.bundle_id}`),
      when(each.start_time),
      runState(each),
      element(
        'span',
        { class: 'actions' },
        each.status === 0 ? stopButton(item.guid, each.key, view.again) : '',
        link('Log', `#/apps/${item.guid}/logs/${each.key}`)
      )
    ]);
  const nothing = soft(
    item.app_mode === 'static' ? 'Documents are shown without a run.' : 'Nothing ran yet.'
  );
  return section(
    'Runs',
    rows.length ? table(['Run', 'Of', 'Started', 'Ended', ''], rows) : nothing
  );
}

function variableSection(names) {
  const shown = names.map(each => element('code', { class: 'chip' }, each));
  return section(
    'Environment variables',
    names.length ? element('div', { class: 'row' }, ...shown) : soft('None.')
  );
}

async function act(view, what) {
  try {
    await what();
    await view.again();
  } catch (error) {
    await view.again();
    document.getElementById('main').prepend(alertOf(error.message));
  }
}
