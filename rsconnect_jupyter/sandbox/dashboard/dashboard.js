// The sandbox's dashboard: what it shows, it asks the same API for that clients use. No build step.
// Text from the server is set as text, never as HTML.

const api = new URL('../__api__/v1/', location.href);
const main = document.getElementById('main');

const MODES = {
  'jupyter-static': 'Notebook',
  'jupyter-voila': 'Interactive app',
  'quarto-static': 'Quarto document',
  static: 'Document',
  unknown: 'Not deployed yet',
};
const ACCESS = {
  acl: 'Only people on the list',
  logged_in: 'Everyone signed in',
  all: 'Anyone, no sign-in',
};

async function ask(path, method = 'GET', body = undefined) {
  const answer = await fetch(new URL(path, api), {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'X-Rsc-Xsrf': cookie('RSC-XSRF') },
    credentials: 'same-origin',
  });
  if (answer.status === 401) {
    location.assign(new URL('../__login__', location.href));
  }
  const text = await answer.text();
  const isJson = (answer.headers.get('Content-Type') ?? '').includes('json');
  const data = isJson && text ? JSON.parse(text) : text;
  if (!answer.ok) {
    throw new Error(data.error ?? `The server answered ${answer.status}.`);
  }
  return data;
}

function cookie(name) {
  const found = document.cookie.split('; ').find(each => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}

// element('a', {href}, 'text', child…): a DOM element; functions become event listeners.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      made.addEventListener(name, value);
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value === true ? '' : value);
    }
  }
  made.append(...children);
  return made;
}

function when(time) {
  return time ? new Date(time).toLocaleString() : '';
}

function table(headings, rows) {
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...headings.map(each => element('th', { scope: 'col' }, each)))),
    element('tbody', {}, ...rows)
  );
}

async function showList() {
  const items = await ask('content?include=owner');
  items.sort((one, two) => two.last_deployed_time.localeCompare(one.last_deployed_time));
  const rows = items.map(each =>
    element(
      'tr',
      {},
      element('td', {}, element('a', { href: `#/apps/${each.guid}` }, each.title || each.name)),
      element('td', {}, element('span', { class: 'chip' }, MODES[each.app_mode] ?? each.app_mode)),
      element('td', { class: 'soft' }, each.owner?.username ?? ''),
      element('td', { class: 'soft' }, when(each.last_deployed_time))
    )
  );
  const search = element('input', {
    type: 'search',
    placeholder: 'Filter',
    'aria-label': 'Filter content',
    input: event => {
      const text = event.target.value.toLowerCase();
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(text);
      }
    },
  });
  const list = rows.length
    ? table(['Title', 'Kind', 'Owner', 'Deployed'], rows)
    : element('p', { class: 'soft' }, 'Nothing was published here yet.');
  return [element('div', { class: 'row' }, element('h1', {}, 'Content'), search), list];
}

async function showContent(guid) {
  const item = await ask(`content/${guid}`);
  const mayChange = item.app_role === 'owner' || item.app_role === 'editor' || (await me()).user_role === 'administrator';
  const parts = [
    element('p', {}, element('a', { href: '#/' }, '← Content')),
    element('h1', {}, item.title || item.name),
    element(
      'p',
      { class: 'soft' },
      `${MODES[item.app_mode] ?? item.app_mode} by ${item.owner?.username ?? 'unknown'}, deployed ${when(item.last_deployed_time)}`
    ),
    element('div', { class: 'row' }, ...contentActions(item, mayChange)),
  ];
  if (mayChange) {
    parts.push(...(await showBundles(item)), ...(await showJobs(item)));
  }
  return parts;
}

function contentActions(item, mayChange) {
  const open = element(
    'a',
    { class: 'button main-action', href: item.content_url, target: '_blank', rel: 'noopener' },
    'Open'
  );
  const actions = item.bundle_id === null ? [] : [open];
  if (!mayChange) {
    return actions;
  }
  const access = element(
    'select',
    {
      'aria-label': 'Access',
      change: event => act(() => ask(`content/${item.guid}`, 'PATCH', { access_type: event.target.value })),
    },
    ...Object.entries(ACCESS).map(([value, text]) =>
      element('option', { value, selected: value === item.access_type }, text)
    )
  );
  const remove = element(
    'button',
    {
      class: 'danger',
      click: () => {
        if (confirm(`Delete “${item.title || item.name}” with all its bundles?`)) {
          act(async () => {
            await ask(`content/${item.guid}`, 'DELETE');
            location.hash = '#/';
          });
        }
      },
    },
    'Delete'
  );
  return [...actions, access, remove];
}

async function showBundles(item) {
  const bundles = await ask(`content/${item.guid}/bundles`);
  const rows = bundles.map(each => {
    const draft = each.active ? item.content_url : new URL(`../content/${item.guid}/_bundle${each.id}/`, location.href);
    const built = each.py_version !== null || each.cluster_name !== null;
    return element(
      'tr',
      {},
      element('td', {}, `Bundle ${each.id} `, each.active ? element('span', { class: 'chip active' }, 'active') : ''),
      element('td', { class: 'soft' }, when(each.created_time)),
      element('td', { class: 'soft' }, `${(each.size / 1024).toFixed(1)} KB`),
      element(
        'td',
        { class: 'actions' },
        built ? element('a', { href: draft, target: '_blank', rel: 'noopener' }, 'Preview') : '',
        ' ',
        element('a', { href: new URL(`content/${item.guid}/bundles/${each.id}/download`, api) }, 'Download'),
        ' ',
        element(
          'button',
          { disabled: each.active, click: () => act(() => activate(item.guid, each.id)) },
          'Activate'
        )
      )
    );
  });
  const nothing = element('p', { class: 'soft' }, 'Nothing was uploaded yet.');
  return [element('h2', {}, 'Bundles'), rows.length ? table(['Bundle', 'Uploaded', 'Size', ''], rows) : nothing];
}

async function activate(guid, bundle) {
  const { task_id: task } = await ask(`content/${guid}/deploy`, 'POST', { bundle_id: bundle });
  const log = element('pre', { class: 'log', role: 'log' });
  main.replaceChildren(element('h1', {}, `Activating bundle ${bundle}…`), log);
  for (let first = 0; ; ) {
    const state = await ask(`tasks/${task}?first=${first}&wait=1`);
    log.append(state.output.map(line => `${line}\n`).join(''));
    log.scrollTop = log.scrollHeight;
    first = state.last;
    if (state.finished) {
      if (state.code !== 0 || state.error) {
        throw new Error(state.error || 'The deployment failed.');
      }
      return;
    }
  }
}

async function showJobs(item) {
  const jobs = await ask(`content/${item.guid}/jobs`);
  const rows = jobs.slice(0, 20).map(each =>
    element(
      'tr',
      {},
      element('td', {}, each.tag),
      element('td', { class: 'soft' }, when(each.start_time)),
      element('td', {}, each.status === 0 ? 'running' : each.exit_code === 0 ? 'ok' : `exit code ${each.exit_code}`),
      element('td', { class: 'actions' }, element('a', { href: `#/apps/${item.guid}/logs/${each.key}` }, 'Log'))
    )
  );
  const nothing = element('p', { class: 'soft' }, 'Nothing ran yet.');
  return [element('h2', {}, 'Runs'), rows.length ? table(['Job', 'Started', 'Ended', ''], rows) : nothing];
}

async function showLog(guid, key) {
  const { entries } = await ask(`content/${guid}/jobs/${key}/log`);
  const text = entries.map(each => `${each.timestamp.slice(11, 23)}  ${each.data}`).join('\n');
  return [
    element('p', {}, element('a', { href: `#/apps/${guid}` }, '← Back')),
    element('h1', {}, 'Log'),
    element('pre', { class: 'log', role: 'log' }, text || 'The log is empty.'),
  ];
}

let user;
function me() {
  user ??= ask('user');
  return user;
}

async function act(what) {
  try {
    await what();
    await show();
  } catch (error) {
    main.prepend(element('p', { role: 'alert' }, error.message));
  }
}

async function show() {
  const [, kind, guid, page, key] = location.hash.split('/');
  try {
    document.getElementById('user').textContent = (await me()).username;
    let parts;
    if (kind !== 'apps' || !guid) {
      parts = await showList();
    } else if (page === 'logs' && key) {
      parts = await showLog(guid, key);
    } else {
      parts = await showContent(guid);
    }
    main.replaceChildren(...parts);
  } catch (error) {
    main.replaceChildren(
      element('p', {}, element('a', { href: '#/' }, '← Content')),
      element('p', { role: 'alert' }, error.message)
    );
  }
}

addEventListener('hashchange', show);
await show();
