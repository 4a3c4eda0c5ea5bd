// What all views are made of: DOM elements, requests to the API, and times as people say them.
// Text from the server is set as text, never as HTML.

const api = new URL('../__api__/v1/', location.href);

export class Failure extends Error {}

// The path of an API address, for links.
export function address(path) {
  return new URL(path, api).href;
}

export async function request(path, method = 'GET', body = undefined) {
  const answer = await fetch(address(path), {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'X-Rsc-Xsrf': cookie(`RSC-XSRF-${location.port}`) },
    credentials: 'same-origin'
  }).catch(() => {
    throw new Failure('The sandbox does not answer. Is it still running?');
  });
  if (answer.status === 401) {
    location.assign(
      new URL(`../__login__?next=${encodeURIComponent(location.pathname)}`, location.href) +
        location.hash
    );
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Failure(told.error ?? `The server answered ${answer.status}.`);
  }
  return answer;
}

export async function ask(path, method, body) {
  const text = await (await request(path, method, body)).text();
  return text ? JSON.parse(text) : undefined;
}

function cookie(name) {
  const found = document.cookie.split('; ').find(each => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}

// element('a', {href}, 'text', child…): a DOM element; functions become event listeners, empty children are left out.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      made.addEventListener(name, value);
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value === true ? '' : value);
    }
  }
  made.append(...children.filter(each => each !== '' && each !== null && each !== undefined));
  return made;
}

export function chip(text, kind = '') {
  return element('span', { class: `chip ${kind}` }, text);
}

export function link(text, href, elsewhere = false) {
  return element('a', { href, ...(elsewhere && { target: '_blank', rel: 'noopener' }) }, text);
}

// A table that becomes a list of cards where there is no room; each row is a list of cells.
export function table(headings, rows) {
  const body = rows.map(cells =>
    element(
      'tr',
      {},
      ...cells.map((cell, at) => element('td', { 'data-label': headings[at] }, ...[cell].flat()))
    )
  );
  return element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, ...headings.map(each => element('th', { scope: 'col' }, each)))
    ),
    element('tbody', {}, ...body)
  );
}

export function section(title, ...children) {
  return element('section', {}, element('h2', {}, title), ...children);
}

export function soft(text) {
  return element('p', { class: 'soft' }, text);
}

export function alertOf(text, ...more) {
  return element('p', { class: 'notice bad', role: 'alert' }, text, ...more);
}

const STEPS = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 7]
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

// "2 minutes ago", with the exact time behind it; beyond a week the date.
export function when(time) {
  if (!time) {
    return '';
  }
  const moment = new Date(time);
  const title = moment.toLocaleString();
  return element(
    'time',
    { datetime: time, title },
    ago((moment - Date.now()) / 1000) ?? moment.toLocaleDateString()
  );
}

function ago(seconds) {
  if (Math.abs(seconds) < 45) {
    return 'just now';
  }
  let amount = seconds;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) {
      return relative.format(Math.round(amount), unit);
    }
    amount /= size;
  }
  return undefined;
}

export function size(bytes) {
  if (bytes < 1000) {
    return `${bytes} bytes`;
  }
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
