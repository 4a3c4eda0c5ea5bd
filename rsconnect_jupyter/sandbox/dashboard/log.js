// One run: how it went, and its log, which is followed while it is written.

import { address, alertOf, ask, chip, element, link, request, when } from './elements.js';

const JOBS = {
  python_restore: 'Prepare Python',
  build_jupyter: 'Run the notebook',
  build_report: 'Render with Quarto'
};

export function jobName(tag) {
  return JOBS[tag] ?? (tag.startsWith('run_') ? 'Serve the app' : tag);
}

const ENDS = { 124: 'took too long', 130: 'stopped' };

export function runState(job) {
  if (job.status === 0) {
    return chip('running', 'busy');
  }
  if (job.status === 3) {
    return chip('skipped');
  }
  return job.exit_code === 0
    ? chip('ok', 'good')
    : chip(ENDS[job.exit_code] ?? `failed (${job.exit_code})`, 'bad');
}

export function stopButton(guid, key, then) {
  const stop = async event => {
    event.target.disabled = true;
    await ask(`content/${guid}/jobs/${key}`, 'DELETE').catch(() => undefined); // it has just ended
    setTimeout(then, 300);
  };
  return element('button', { click: stop }, 'Stop');
}

export async function showLog({ guid, key, signal, again, heading }) {
  const [item, job] = await Promise.all([
    ask(`content/${guid}`),
    ask(`content/${guid}/jobs/${key}`)
  ]);
  const name = jobName(job.tag);
  const log = element('pre', {
    class: 'log tall',
    role: 'log',
    tabindex: '0',
    'aria-label': 'Log'
  });
  follow(`content/${guid}/jobs/${key}/tail`, log, signal)
    .then(() => job.status === 0 && again())
    .catch(error => signal.aborted || log.before(alertOf(error.message)));
  const download = address(`content/${guid}/jobs/${key}/download`);
  return [
    `${name}: ${item.title || item.name}`,
    [
      link(`← ${item.title || item.name}`, `#/apps/${guid}`),
      heading(name),
      element(
        'p',
        { class: 'soft meta' },
        runState(job),
        element('span', {}, `bundle ${job.bundle_id} · started `, when(job.start_time)),
        link('Download', download),
        job.status === 0 ? stopButton(guid, key, again) : ''
      ),
      log
    ]
  ];
}

async function follow(path, log, signal) {
  const reader = (await request(path)).body.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener('abort', () => reader.cancel());
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.append(lines.map(line => `${clock(line)}\n`).join(''));
    if (atEnd) {
      log.scrollTop = log.scrollHeight;
    }
  }
}

// "2024-12-06T19:09:29.948016766Z text" with the time of day only, here.
function clock(line) {
  const at = line.indexOf(' ');
  const time = new Date(line.slice(0, at)).toLocaleTimeString('en-GB');
  return `${time}  ${line.slice(at + 1)}`;
}
