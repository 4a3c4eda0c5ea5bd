/** Answers of the server part and a small Jupyter, for tests of the model and of what shows it. */

import { nullTranslator } from '@jupyterlab/translation';

import {
  ApiError,
  type ChangedReaders,
  type ChangeState,
  type ContentHit,
  type ContentRun,
  type ContentReaders,
  type ContentVersion,
  type ContentVersions,
  type Deployment,
  type IApi,
  type Inspection,
  type Job,
  type FigureList,
  type KernelQuestion,
  type ManifestRequest,
  type Publication,
  type OpenedContent,
  type Rehearsal,
  type RehearsalJob,
  type RunList,
  type RunReport,
  type PeoplePage,
  type ContentIntegrations,
  type ScheduleState,
  type ServerInfo,
  type ServerList,
  type SignIn,
  type JobEvent,
  type ApiProblem,
  type TagList,
  type VanityCheck,
  type VersionComparison,
  type Versions
} from '../api';
import { PublisherModel } from '../model/publisher';
import type {
  IComparisonTab,
  IHost,
  IKernelAnswer,
  INotice,
  IPlace,
  IPreviewTab,
  ITab,
  KernelState
} from '../model/host';

export const trans = nullTranslator.load('test');

export const SERVER: ServerInfo = {
  name: 'acme',
  url: 'https://connect.acme.com',
  origin: 'saved',
  user: 'ana',
  has_key: true,
  key_place: 'keyring',
  credential: 'api-key',
  expires: null,
  insecure: false,
  has_ca: false,
  default: true,
  editable: true,
  removable: true,
  key_editable: true,
  keys_url: 'https://connect.acme.com/keys',
  problem: null
};

export const OTHER: ServerInfo = { ...SERVER, name: 'other', url: 'https://other', default: false };

export const PUBLICATION: Publication = {
  server: 'acme',
  server_url: SERVER.url,
  guid: 'g1',
  title: 'Sales',
  mode: 'jupyter-static',
  url: 'https://connect.acme.com/content/g1/',
  dashboard_url: 'https://connect.acme.com/connect/#/apps/g1',
  bundle_id: '1',
  user: 'ana',
  time: '2026-11-20T10:00:00.000Z',
  result: 'ok',
  changed: false
};

export const HIT: ContentHit = {
  guid: 'g9',
  id: '9',
  name: 'quarterly',
  title: 'Quarterly sales',
  mode: 'jupyter-static',
  url: 'https://connect.acme.com/content/g9/',
  dashboard_url: 'https://connect.acme.com/connect/#/apps/g9',
  logs_url: 'https://connect.acme.com/connect/#/apps/g9/logs',
  owner_name: 'ben',
  role: 'editor',
  created: '2026-11-01T10:00:00Z',
  last_deployed: '2026-11-02T10:00:00Z',
  locked: false,
  editable: true,
  published_here: false
};

export const DEPLOYMENT: Deployment = {
  server: 'acme',
  guid: 'g1',
  title: 'Quarterly sales',
  mode: 'jupyter-static',
  url: 'https://connect.acme.com/content/g1/',
  dashboard_url: 'https://connect.acme.com/connect/#/apps/g1',
  logs_url: 'https://connect.acme.com/connect/#/apps/g1/logs',
  bundle_id: '1',
  task_id: 't',
  created: true
};

export function inspection(part: Partial<Inspection> = {}): Inspection {
  const mode = (name: Inspection['mode'], title: string): Inspection['modes'][number] => ({
    mode: name,
    title,
    description: title,
    available: true
  });
  return {
    path: 'sales.ipynb',
    name: 'sales.ipynb',
    title: 'Quarterly sales',
    language: 'python',
    kernel: {
      kernel: 'python3',
      display_name: 'Python 3',
      language: 'python',
      interpreter: '/opt/python',
      asked: false,
      version: '3.11.7'
    },
    modes: [
      mode('jupyter-static', 'Source code'),
      mode('static', 'Finished document'),
      mode('jupyter-voila', 'Interactive app'),
      mode('quarto-static', 'Quarto document')
    ],
    mode: 'jupyter-static',
    servers: [SERVER, OTHER],
    server: 'acme',
    target: 'new',
    publications: [],
    files: [
      { path: 'sales.ipynb', size: 48000, included: true, reason: 'the notebook' },
      { path: 'data/sales.csv', size: 1200000, included: true, reason: 'read in cell 2' },
      { path: 'data/big.csv', size: 90000000, included: false, reason: 'not mentioned' }
    ],
    options: { hide_input: { value: 'none', source: 'default' } },
    requirements: {
      source: 'imports',
      lines: ['pandas==2.2.2'],
      text: 'pandas==2.2.2\n',
      package_file: 'requirements.txt',
      findings: [],
      difference: null
    },
    findings: [],
    variables: [],
    parameters: [],
    running: null,
    last: null,
    rehearsal: { allowed: true, running: null, last: null },
    sandbox: { allowed: true, running: false, url: null },
    writable: true,
    server_versions_pending: false,
    ...part
  };
}

export function serverList(...servers: ServerInfo[]): ServerList {
  return {
    servers,
    default: servers[0]?.name ?? null,
    locked: false,
    allow_insecure: true,
    key_place: 'keyring',
    sandbox: { allowed: true, running: false, url: null },
    predecessor: false
  };
}

export type Said = readonly [
  step: JobEvent['step'],
  status: JobEvent['status'],
  message: string,
  data?: JobEvent['data']
];

export function events(...said: Said[]): JobEvent[] {
  return said.map(([step, status, message, data], seq) => ({
    seq,
    time: `2026-11-23T12:00:${String(seq).padStart(2, '0')}.000Z`,
    step,
    status,
    message,
    ...(data && { data })
  }));
}

export function job(part: Partial<Job> = {}): Job {
  const state = part.state ?? 'running';
  return {
    id: 'j1',
    path: 'sales.ipynb',
    server: 'acme',
    title: 'Quarterly sales',
    state,
    stopping: false,
    started: '2026-11-23T12:00:00.000Z',
    ended: null,
    events: [],
    last: part.events?.length ?? 0,
    finished: state !== 'running',
    result: state === 'done' ? DEPLOYMENT : null,
    error: null,
    ...part
  };
}

export function refusal(status: number, problem: Partial<ApiProblem>): ApiError {
  return new ApiError('problem', status, { code: 'failed', message: 'No.', hint: '', ...problem });
}

export const NO_ANSWER = new ApiError('no-answer', 0, { code: 'x', message: '', hint: '' });

export const SIGNED_OUT = new ApiError('signed-out', 403, { code: 'x', message: '', hint: '' });

export function signIn(part: Partial<SignIn> = {}): SignIn {
  return {
    id: 's1',
    url: 'https://connect.acme.com',
    name: null,
    status: 'pending',
    method: 'device',
    page: 'https://connect.acme.com/connect/device?user_code=ABCD-EFGH',
    user_code: 'ABCD-EFGH',
    ends: 2_000_000_000,
    probe: null,
    server: null,
    error: null,
    ...part
  };
}

/** An API whose answers each test sets; records the requests. */
export const NEVER_PUBLISHED: ChangeState = {
  state: 'never-published',
  server_url: '',
  guid: '',
  title: '',
  bundle_id: '',
  changed: [],
  by: '',
  time: ''
};

export function version(id: string, part: Partial<ContentVersion> = {}): ContentVersion {
  return {
    id,
    created: '2026-11-20T10:00:00Z',
    created_by: 'ana',
    size: 48000,
    state: 'earlier',
    note: '',
    commit_url: '',
    jobs: [],
    page_url: `https://connect.acme.com/content/g1/_bundle${id}/`,
    mine: true,
    ...part
  };
}

export const VERSIONS: ContentVersions = {
  guid: 'g1',
  title: 'Sales',
  versions: [
    version('13', { state: 'draft' }),
    version('12', { state: 'active', note: 'New figures', jobs: ['j1'] }),
    version('11', { run: 'failed', created_by: 'ben' })
  ],
  page: 1,
  more: true,
  active: '12'
};

export const COMPARISON: VersionComparison = {
  old: 'version 12',
  new: 'the notebook',
  basis: 'notebook',
  cells: [
    {
      kind: 'code',
      change: 'same',
      old_source: 'import pandas',
      new_source: 'import pandas',
      words: [],
      old_outputs: [],
      new_outputs: [],
      outputs_changed: false,
      shortened: false,
      old_number: 1,
      new_number: 1
    },
    {
      kind: 'code',
      change: 'changed',
      old_source: 'rows = 1',
      new_source: 'rows = 2',
      words: [
        ['=', 'rows = '],
        ['-', '1'],
        ['+', '2']
      ],
      old_outputs: [{ output_type: 'stream', text: ['before'] }],
      new_outputs: [{ output_type: 'display_data', data: { 'image/png': 'AAAA' } }],
      outputs_changed: true,
      shortened: false,
      old_number: 2,
      new_number: 2
    }
  ],
  files: [{ name: 'data.csv', change: 'added' }],
  requirements: [],
  outputs: true,
  differs: true
};

export const REHEARSAL: Rehearsal = {
  runs: true,
  message: 'The notebook runs in a clean environment; it took 2.0 s.',
  hint: '',
  lines: [],
  python: '3.11',
  seconds: 2,
  environment_bytes: 90_000_000,
  cached: false,
  page: true,
  differences: [],
  versions: [],
  applied: []
};

export function rehearsalJob(part: Partial<RehearsalJob> = {}): RehearsalJob {
  const { result: _, ...rest } = job({ id: 'r1', state: part.state });
  return { ...rest, result: null, ...part };
}

export function run(key: string, part: Partial<ContentRun> = {}): ContentRun {
  return {
    key,
    kind: 'render',
    reason: 'schedule',
    outcome: 'ok',
    version: '12',
    started: '2026-11-20T05:00:00Z',
    ended: '2026-11-20T05:00:08Z',
    seconds: 8,
    note: '',
    ...part
  };
}

export const FAILED_RUN: RunReport = {
  run: run('r2', { outcome: 'failed' }),
  lines: ['one', 'ValueError: dark'],
  failure: {
    code: 'task-failed',
    message: 'The notebook failed on the server in cell 3: ValueError: dark',
    hint: 'Fix it.',
    where: { cell: 2 }
  }
};

export const RUNS: RunList = {
  guid: 'g1',
  title: 'Sales',
  runs: [FAILED_RUN.run, run('r1', { seen: true }), run('r0', { reason: 'request' })],
  can_run: true,
  logs_url: 'https://connect.acme.com/connect/#/apps/g1/logs'
};

export const PEOPLE: PeoplePage['people'] = [
  { kind: 'user', guid: 'u1', name: 'ada', full_name: 'Ada Lovelace' },
  { kind: 'group', guid: 'u2', name: 'Friends', full_name: '' }
];

export const READERS: ContentReaders = {
  guid: 'g1',
  access: 'acl',
  readers: [{ kind: 'user', name: 'ben', role: 'viewer', full_name: 'Ben Bell' }],
  description: 'Monthly.',
  tags: ['Departments/Finance'],
  vanity: '',
  thumbnail: false,
  may_change: true,
  may_set_vanity: null
};

export const TAGS: TagList['tags'] = [
  { id: '1', name: 'Departments', parent_id: '', path: 'Departments' },
  { id: '2', name: 'Finance', parent_id: '1', path: 'Departments/Finance' },
  { id: '3', name: 'Sales', parent_id: '1', path: 'Departments/Sales' }
];

export const NO_SCHEDULE: ScheduleState = {
  writable: true,
  text: '',
  next_run: '',
  dashboard_url: 'https://connect.acme.com/connect/#/apps/g1',
  reason: ''
};

export const INTEGRATIONS: ContentIntegrations = {
  guid: 'g1',
  integrations: [
    {
      guid: 'i1',
      name: 'Warehouse',
      description: 'All sales',
      template: 'snowflake',
      auth_type: 'Service Account',
      used: true
    },
    {
      guid: 'i2',
      name: 'Lake',
      description: '',
      template: 'azure',
      auth_type: 'Viewer',
      used: false
    }
  ],
  may_change: true,
  reason: ''
};

export class FakeApi implements IApi {
  requests: [string, unknown][] = [];
  /** What a route answers instead of what is set below. */
  failures: Record<string, ApiError> = {};
  allJobs: readonly Job[] = [];
  inspection: Inspection | ApiError = inspection();
  list: ServerList | ApiError = serverList(SERVER, OTHER);
  hits: ContentHit[] = [];
  variableNames: string[] = [];
  scheduled: ScheduleState = NO_SCHEDULE;
  contentIntegrations: ContentIntegrations | ApiError = INTEGRATIONS;
  runList: RunList = RUNS;
  report: RunReport = FAILED_RUN;
  failedRun: { run?: ContentRun } = {};
  published: Job | ApiError = job();
  rehearsed: RehearsalJob | ApiError = rehearsalJob();
  /** Answers of `readJob`, in order; the last one stays unanswered so that polling waits. */
  polls: (Job | ApiError)[] = [];
  added: ServerInfo | ApiError = SERVER;
  removed: undefined | ApiError = undefined;
  begun: SignIn | ApiError = signIn();
  waiting: SignIn[] = [];
  /** Answer what waits for the end of a sign-in. */
  endSignIn: (answer: SignIn | ApiError) => void = () => undefined;
  manifest: { written: string[] } | ApiError = { written: ['manifest.json'] };
  listed: ContentVersions | ApiError = VERSIONS;
  comparison: VersionComparison | ApiError = COMPARISON;
  changeState: ChangeState | ApiError = NEVER_PUBLISHED;
  contentReaders: ContentReaders | ApiError = READERS;
  changedReaders: ChangedReaders | ApiError = { readers: READERS, findings: [] };
  figureList: FigureList | ApiError = { figures: [] };
  peoplePage: PeoplePage | ApiError = { people: PEOPLE, more: false };
  vanity: VanityCheck | ApiError = { path: '/team/', problem: '', free: true };
  versions: Versions | ApiError = { version: '2.0.0', python: '3.11.7', jupyter_server: '2.21.1' };

  version(): Promise<Versions> {
    return this.reply('version', null, this.versions);
  }
  inspect(body: unknown): Promise<Inspection> {
    return this.reply('inspect', body, this.inspection);
  }
  figures(path: string): Promise<FigureList> {
    return this.reply('figures', path, this.figureList);
  }
  kernelQuestion(): Promise<KernelQuestion> {
    const content = { code: '', silent: true, store_history: false, allow_stdin: false };
    return this.reply('question', null, { ...content, user_expressions: { packages: '1' } });
  }
  keepKernelAnswer(body: unknown): Promise<void> {
    return this.reply('kernel answer', body, undefined);
  }
  writeManifest(body: ManifestRequest): Promise<{ written: string[] }> {
    return this.reply(
      'manifest',
      body,
      body.replace_files ? { written: ['manifest.json'] } : this.manifest
    );
  }
  checkAddress(body: { address: string }): ReturnType<IApi['checkAddress']> {
    return this.reply('address', body, {
      url: 'https://connect.acme.com',
      name: 'acme',
      version: '2026.06.0',
      keys_url: SERVER.keys_url,
      known: null
    });
  }
  servers(): Promise<ServerList> {
    return this.reply('servers', null, this.list);
  }
  addServer(body: unknown): Promise<ServerInfo> {
    return this.reply('add', body, this.added);
  }
  changeServer(name: string, body: unknown): Promise<ServerInfo> {
    return this.reply('change', { name, body }, this.added);
  }
  removeServer(name: string): Promise<void> {
    return this.reply('remove', name, this.removed);
  }
  signOut(name: string): Promise<ServerInfo> {
    return this.reply('sign out', name, this.added);
  }
  startSignIn(body: unknown): Promise<SignIn> {
    return this.reply('sign in', body, this.begun);
  }
  signIns(): Promise<readonly SignIn[]> {
    return this.reply('sign-ins', null, this.waiting);
  }
  readSignIn(id: string): Promise<SignIn> {
    this.requests.push(['read sign-in', id]);
    return new Promise((resolve, reject) => {
      this.endSignIn = answer => (answer instanceof ApiError ? reject(answer) : resolve(answer));
    });
  }
  cancelSignIn(id: string): Promise<SignIn> {
    return this.reply('cancel sign-in', id, signIn({ status: 'cancelled' }));
  }
  search(server: string, text: string): ReturnType<IApi['search']> {
    return this.reply('search', { server, text }, { content: this.hits, more: false });
  }
  jobs(path: string): Promise<readonly Job[]> {
    return this.reply('jobs', path, this.allJobs);
  }
  publish(body: unknown): Promise<Job> {
    return this.reply('publish', body, this.published);
  }
  readJob(id: string, first: number, _wait: number, signal?: AbortSignal): Promise<Job> {
    const next = this.polls.shift();
    this.requests.push(['poll', { id, first }]);
    return next
      ? this.answer(next)
      : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(NO_ANSWER)));
  }
  cancelJob(id: string): Promise<Job> {
    return this.reply('cancel', id, job({ stopping: true }));
  }
  rehearse(body: unknown): Promise<RehearsalJob> {
    return this.reply('rehearse', body, this.rehearsed);
  }
  readRehearsal(
    id: string,
    first: number,
    _wait: number,
    signal?: AbortSignal
  ): Promise<RehearsalJob> {
    this.requests.push(['read rehearsal', { id, first }]);
    const { rehearsed } = this;
    return rehearsed instanceof ApiError || rehearsed.finished
      ? this.answer(rehearsed)
      : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(NO_ANSWER)));
  }
  cancelRehearsal(id: string): Promise<RehearsalJob> {
    return this.reply('cancel rehearsal', id, rehearsalJob({ stopping: true }));
  }
  rehearsalPage(id: string, look: string | null): string {
    return `http://localhost/rehearse/${id}/page?${look}`;
  }
  startSandbox(): Promise<ServerInfo> {
    return this.reply('sandbox', null, { ...SERVER, name: 'sandbox', origin: 'sandbox' as const });
  }
  sandboxPage(url: string): string {
    return `http://localhost/sandbox?url=${url}`;
  }
  deletePredecessorCopy(): Promise<void> {
    return this.reply('predecessor', null, undefined);
  }
  contentVersions(server: string, guid: string, page: number): Promise<ContentVersions> {
    return this.reply('versions', { server, guid, page }, this.listed);
  }
  deleteVersion(_server: string, _guid: string, id: string): Promise<void> {
    return this.reply('delete version', id, undefined);
  }
  runLog(_server: string, _guid: string, id: string): Promise<{ lines: string[] }> {
    return this.reply('log', id, { lines: ['one', 'two'] });
  }
  archive(server: string, guid: string, id: string): string {
    return `http://localhost/${server}/${guid}/${id}`;
  }
  schedule(_server: string, guid: string): Promise<ScheduleState> {
    return this.reply('schedule', guid, this.scheduled);
  }
  setSchedule(_server: string, _guid: string, body: unknown): Promise<ScheduleState> {
    return this.reply('set schedule', body, this.scheduled);
  }
  deleteSchedule(_server: string, guid: string): Promise<ScheduleState> {
    return this.reply('delete schedule', guid, NO_SCHEDULE);
  }
  variables(_server: string, guid: string): Promise<{ names: string[] }> {
    return this.reply('variables', guid, { names: this.variableNames });
  }
  changeVariables(_server: string, _guid: string, body: unknown): Promise<{ names: string[] }> {
    return this.reply('change variables', body, { names: this.variableNames });
  }
  runs(server: string, guid: string): Promise<RunList> {
    return this.reply('runs', { server, guid }, this.runList);
  }
  runNow(_server: string, guid: string): Promise<{ task_id: string }> {
    return this.reply('run now', guid, { task_id: 't1' });
  }
  readRun(_server: string, _guid: string, key: string, path: string): Promise<RunReport> {
    return this.reply('run', { key, path }, this.report);
  }
  stopRun(_server: string, _guid: string, key: string): Promise<void> {
    return this.reply('stop run', key, undefined);
  }
  scheduledFailure(_server: string, guid: string): Promise<{ run?: ContentRun }> {
    return this.reply('scheduled failure', guid, this.failedRun);
  }
  integrations(server: string, guid: string | null): Promise<ContentIntegrations> {
    return this.reply('integrations', { server, guid }, this.contentIntegrations);
  }
  changeIntegrations(_server: string, _guid: string, body: unknown): Promise<ContentIntegrations> {
    return this.reply('change integrations', body, this.contentIntegrations);
  }
  readers(server: string, guid: string): Promise<ContentReaders> {
    return this.reply('readers', { server, guid }, this.contentReaders);
  }
  changeReaders(_server: string, _guid: string, body: unknown): Promise<ChangedReaders> {
    return this.reply('change readers', body, this.changedReaders);
  }
  people(server: string, text: string, page: number): Promise<PeoplePage> {
    return this.reply('people', { server, text, page }, this.peoplePage);
  }
  tags(server: string): Promise<TagList> {
    return this.reply('tags', server, { tags: TAGS });
  }
  checkVanity(server: string, path: string, guid: string | null): Promise<VanityCheck> {
    return this.reply('vanity', { server, path, guid }, this.vanity);
  }
  restore(body: unknown): Promise<Job> {
    return this.reply('restore', body, this.published);
  }
  compare(body: unknown): Promise<VersionComparison> {
    return this.reply('compare', body, this.comparison);
  }
  changes(body: unknown): Promise<ChangeState> {
    return this.reply('changes', body, this.changeState);
  }
  openContent(body: unknown): Promise<OpenedContent> {
    const opened = { folder: 'Sales', notebook: 'Sales/sales.ipynb', title: 'Sales' };
    return this.reply('open', body, opened);
  }

  /** What was asked of one route. */
  bodiesOf<Body>(route: string): Body[] {
    return this.requests.filter(([name]) => name === route).map(([, body]) => body as Body);
  }

  private reply<Answer>(route: string, body: unknown, answer: Answer | ApiError): Promise<Answer> {
    this.requests.push([route, body]);
    return this.answer<Answer>(this.failures[route] ?? answer);
  }

  private answer<Answer>(answer: Answer | ApiError): Promise<Answer> {
    return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

/** A Jupyter that records what the model did. */
export class FakeHost implements IHost {
  calls: string[] = [];
  confirms = true;
  saveError: string | null = null;
  kernel: KernelState = 'none';
  idle: Promise<void> = new Promise(() => undefined);
  kernelAnswer: IKernelAnswer | null = { kernel: 'python3', reply: { status: 'ok' } };

  save(path: string): Promise<void> {
    this.calls.push(`save ${path}`);
    return this.saveError ? Promise.reject(new Error(this.saveError)) : Promise.resolve();
  }
  hiddenCells(): number {
    return 0;
  }
  goTo(path: string, place: IPlace): Promise<void> {
    this.calls.push(`go to ${path} ${place.cell ?? place.file}`);
    return Promise.resolve();
  }
  kernelState(): KernelState {
    return this.kernel;
  }
  kernelIdle(): Promise<void> {
    return this.idle;
  }
  askKernel(path: string): Promise<IKernelAnswer | null> {
    this.calls.push(`ask kernel ${path}`);
    return Promise.resolve(this.kernelAnswer);
  }
  chooseKernel(path: string, name: string): Promise<void> {
    this.calls.push(`kernel ${path} ${name}`);
    return Promise.resolve();
  }
  run(path: string): Promise<void> {
    this.calls.push(`run ${path}`);
    return Promise.resolve();
  }
  openLink(url: string): void {
    this.calls.push(`open ${url}`);
  }
  compare(tab: IComparisonTab): void {
    this.calls.push(`compare ${tab.title}`);
    this.comparisons.push(tab);
  }
  readonly comparisons: IComparisonTab[] = [];
  preview(tab: IPreviewTab): void {
    this.calls.push(`preview ${tab.title}`);
    this.previews.push(tab);
  }
  readonly previews: IPreviewTab[] = [];
  refreshPreview(id: string): void {
    this.calls.push(`refresh ${id}`);
  }
  downloadFrom(url: string): void {
    this.calls.push(`download from ${url}`);
  }
  isOnThisMachine = true;
  reachable = true;
  openTab(): ITab {
    return {
      show: url => {
        this.calls.push(`tab ${url}`);
        return true;
      },
      close: () => this.calls.push('tab closed')
    };
  }
  answers(url: string, text: string): Promise<boolean> {
    this.calls.push(`probe ${url} ${text}`);
    return Promise.resolve(this.reachable);
  }
  openSettings(): void {
    this.calls.push('settings');
  }
  copy(text: string): Promise<void> {
    this.calls.push(`copy ${text}`);
    return Promise.resolve();
  }
  download(name: string): void {
    this.calls.push(`download ${name}`);
  }
  confirm({ title }: { title: string }): Promise<boolean> {
    this.calls.push(`ask ${title}`);
    return Promise.resolve(this.confirms);
  }
  notify({ kind, message }: INotice): () => void {
    this.calls.push(`${kind} ${message}`);
    return () => this.calls.push(`removed ${message}`);
  }
  open(path: string): Promise<void> {
    this.calls.push(`open ${path}`);
    return Promise.resolve();
  }
  pause(): Promise<void> {
    return new Promise(resolve => this.pauses.push(resolve));
  }
  /** What ends each of the pauses that have begun, oldest first. */
  takePauses(): (() => void)[] {
    return this.pauses.splice(0);
  }
  /** Let every pause that has begun end. */
  async endPauses(): Promise<void> {
    this.takePauses().forEach(end => end());
    await flushPromises();
  }
  /** Finish restoring the workspace, and the pause after it. */
  async restore(): Promise<void> {
    this.finishRestoring();
    await flushPromises();
    await this.endPauses();
  }
  private finishRestoring: () => void = () => undefined;
  readonly restored = new Promise<void>(resolve => {
    this.finishRestoring = resolve;
  });

  private readonly pauses: (() => void)[] = [];
}

export interface ITestPublisher {
  readonly api: FakeApi;
  readonly host: FakeHost;
  readonly publisher: PublisherModel;
}

/** A publisher over the fakes, not connected yet. */
export function createPublisher(prepare: (api: FakeApi) => void = () => undefined): ITestPublisher {
  const api = new FakeApi();
  prepare(api);
  const host = new FakeHost();
  return { api, host, publisher: new PublisherModel({ api, host, trans, version: '2.0.0' }) };
}

/** The same, connected, showing the notebook. */
export async function connectedPublisher(
  prepare?: (api: FakeApi) => void
): Promise<ITestPublisher> {
  const made = createPublisher(prepare);
  made.publisher.setCurrent('sales.ipynb');
  await made.publisher.connect();
  await made.host.restore();
  return made;
}

/** Let every promise that is due come true. */
export async function flushPromises(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
}
