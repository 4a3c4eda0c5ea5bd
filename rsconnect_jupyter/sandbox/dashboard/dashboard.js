// The sandbox's dashboard: what it shows, it asks the same API for that clients use. No build step.

import { ask, chip, element, link, soft, table, when, alertOf } from './elements.js';
import { ACCESS, MODES, showContent } from './content.js';
import { showLog } from './log.js';

const SHORT = { acl: 'Listed people', logged_in: 'All signed in', all: 'Anyone' };
const main = document.getElementById('main');
let user;
let leave = new AbortController();

async function showList({ me }) {
  const items = await ask('content?include=owner');
  if (!items.length) {
    return ['Content', [heading('Content'), empty(me)]];
  }
  items.sort((one, two) => two.last_deployed_time.localeCompare(one.last_deployed_time));
  const list = table(['Title', 'Kind', 'Access', 'Owner', 'Deployed'], items.map(listRow));
  const rows = [...list.querySelectorAll('tbody tr')];
  const nothing = soft('Nothing matches.');
  nothing.hidden = true;
  const search = element('input', {
    type: 'search',
    placeholder: 'Filter',
    'aria-label': 'Filter content',
    input: event => {
      const text = event.target.value.toLowerCase();
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(text);
      }
      nothing.hidden = rows.some(row => !row.hidden);
    }
  });
  return [
    'Content',
    [element('div', { class: 'row apart' }, heading('Content'), search), list, nothing]
  ];
}

function listRow(item) {
  const deployed = item.bundle_id !== null;
  return [
    [
      element('a', { class: 'title', href: `#/apps/${item.guid}` }, item.title || item.name),
      item.description ? element('div', { class: 'soft small' }, item.description) : ''
    ],
    [
      chip(MODES[item.app_mode] ?? item.app_mode, deployed ? '' : 'faint'),
      item.locked ? chip('Locked', 'warn') : ''
    ],
    element('span', { class: 'soft', title: ACCESS[item.access_type] }, SHORT[item.access_type]),
    element('span', { class: 'soft' }, item.owner?.username ?? ''),
    deployed ? when(item.last_deployed_time) : element('span', { class: 'soft' }, '–')
  ];
}

function empty(me) {
  if (me.user_role === 'viewer') {
    return element('div', { class: 'card' }, soft('Nothing was shared with you yet.'));
  }
  const root = location.href.replace(/\/connect\/.*$/, '');
  const commands = `jupyter publish --add-server ${root} --name sandbox\njupyter publish notebook.ipynb --server sandbox`;
  return element(
    'div',
    { class: 'card' },
    element(
      'p',
      {},
      'Nothing was published here yet. Publish from the panel in JupyterLab or Notebook, or in a terminal:'
    ),
    element('pre', {}, commands),
    soft(
      'This sandbox runs notebooks on this machine, and shows them as your readers will see them.'
    )
  );
}

function heading(text) {
  return element('h1', { tabindex: '-1' }, text);
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const [, kind, guid, page, key] = location.hash.split('/');
  const again = () => !signal.aborted && show();
  let shown;
  try {
    user ??= await ask('user');
    document.getElementById('outbox').hidden = user.user_role !== 'administrator';
    document.getElementById('user').textContent = `${user.username} (${user.user_role})`;
    const view = { me: user, guid, page, key, signal, again, heading };
    if (kind !== 'apps' || !guid) {
      shown = await showList(view);
    } else if (page === 'logs' && key) {
      shown = await showLog(view);
    } else {
      shown = await showContent(view);
    }
  } catch (error) {
    shown = ['Error', [link('← Content', '#/'), alertOf(error.message)]];
  }
  if (!signal.aborted) {
    document.title = `${shown[0]} · Sandbox`;
    main.replaceChildren(...shown[1]);
  }
}

addEventListener('hashchange', async () => {
  await show();
  scrollTo(0, 0);
  main.querySelector('h1')?.focus();
});
await show();
