/** The REST API of the server part, one function per route; the only place that reads answers off the wire. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { components } from './wire';

type Schemas = components['schemas'];

export type ContentHit = Schemas['ContentHit'];
export type ContentHits = Schemas['ContentHits'];
export type Deployment = Schemas['Deployment'];
export type FileCandidate = Schemas['FileCandidate'];
export type Finding = Schemas['Finding'];
export type FoundServer = Schemas['FoundServer'];
export type HideInput = Schemas['HideInput'];
export type Inspection = Schemas['Inspection'];
export type Job = Schemas['Job'];
export type ManifestRequest = Schemas['ManifestRequest'];
export type Mode = Schemas['Mode'];
export type ModeChoice = Schemas['ModeChoice'];
export type NewSignIn = Partial<Schemas['NewSignIn']>;
export type NewServer = Schemas['NewServer'];
export type Figure = Schemas['Figure'];
export type FigureList = Schemas['FigureList'];
export type InspectRequest = Schemas['InspectRequest'];
export type NotebookRequest = Schemas['NotebookRequest'];
export type OptionSource = Schemas['OptionSource'];
export type ChangedReaders = Schemas['ChangedReaders'];
export type ContentIntegrations = Schemas['ContentIntegrations'];
export type Integration = Schemas['Integration'];
export type ContentReaders = Schemas['ContentReaders'];
export type PeoplePage = Schemas['PeoplePage'];
export type Person = Schemas['Person'];
export type Reader = Schemas['Reader'];
export type ReaderChanges = Schemas['ReaderChanges'];
export type Tag = Schemas['Tag'];
export type TagList = Schemas['TagList'];
export type VanityCheck = Schemas['VanityCheck'];
export type KernelQuestion = Schemas['KernelQuestion'];
export type Publication = Schemas['Publication'];
export type Requirements = Schemas['Requirements'];
export type ScheduleFields = Schemas['ScheduleFields'];
export type ScheduleState = Schemas['ScheduleState'];
export type ServerInfo = Schemas['ServerInfo'];
export type ServerList = Schemas['ServerList'];
export type ServerPatch = Schemas['ServerPatch'];
export type SignIn = Schemas['SignIn'];
export type VariableNames = Schemas['VariableNames'];
export type VariableUse = Schemas['VariableUse'];
export type Versions = Schemas['Versions'];
export type ChangeState = Schemas['ChangeState'];
export type ComparedCell = Schemas['ComparedCell'];
export type CompareRequest = Schemas['CompareRequest'];
export type ContentVersion = Schemas['ContentVersion'];
export type ContentVersions = Schemas['ContentVersions'];
export type ContentRun = Schemas['ContentRun'];
export type RunList = Schemas['RunList'];
export type RunReport = Schemas['RunReport'];
export type ListedChange = Schemas['ListedChange'];
export type OpenedContent = Schemas['OpenedContent'];
export type OpenRequest = Schemas['OpenRequest'];
export type Rehearsal = Schemas['Rehearsal'];
export type RehearsalJob = Schemas['RehearsalJob'];
export type RehearsalRequest = Schemas['RehearsalRequest'];
export type RestoreRequest = Schemas['RestoreRequest'];
export type VersionComparison = Schemas['VersionComparison'];
export type JobEvent = Schemas['Event'];
export type ApiProblem = Schemas['Problem'];

/** How readers see a page: on a light or a dark system, or on paper. */
export type Look = 'light' | 'dark' | 'print';

/** The requests to the server part; tests use a fake. */
export interface IApi {
  version(): Promise<Versions>;
  inspect(body: InspectRequest): Promise<Inspection>;
  kernelQuestion(): Promise<KernelQuestion>;
  figures(path: string): Promise<FigureList>;
  keepKernelAnswer(body: Schemas['KernelAnswer']): Promise<void>;
  writeManifest(body: ManifestRequest): Promise<Schemas['Written']>;
  checkAddress(body: Schemas['AddressBody']): Promise<FoundServer>;
  servers(): Promise<ServerList>;
  addServer(body: NewServer): Promise<ServerInfo>;
  changeServer(name: string, body: ServerPatch): Promise<ServerInfo>;
  removeServer(name: string): Promise<void>;
  signOut(name: string): Promise<ServerInfo>;
  startSignIn(body: NewSignIn): Promise<SignIn>;
  /** Those that wait for their user. */
  signIns(): Promise<readonly SignIn[]>;
  readSignIn(id: string, wait: number): Promise<SignIn>;
  cancelSignIn(id: string): Promise<SignIn>;
  search(server: string, text: string, path: string): Promise<ContentHits>;
  jobs(path: string): Promise<readonly Job[]>;
  publish(body: NotebookRequest): Promise<Job>;
  readJob(id: string, first: number, wait: number, signal?: AbortSignal): Promise<Job>;
  cancelJob(id: string): Promise<Job>;
  rehearse(body: RehearsalRequest): Promise<RehearsalJob>;
  readRehearsal(
    id: string,
    first: number,
    wait: number,
    signal?: AbortSignal
  ): Promise<RehearsalJob>;
  cancelRehearsal(id: string): Promise<RehearsalJob>;
  /** The address of the page that a rehearsal made. */
  rehearsalPage(id: string, look: Look | null): string;
  startSandbox(): Promise<ServerInfo>;
  /** The address that opens one of the sandbox's pages signed in. */
  sandboxPage(url: string): string;
  deletePredecessorCopy(): Promise<void>;
  contentVersions(server: string, guid: string, page: number): Promise<ContentVersions>;
  deleteVersion(server: string, guid: string, id: string): Promise<void>;
  runLog(server: string, guid: string, id: string): Promise<Schemas['RunLog']>;
  schedule(server: string, guid: string): Promise<ScheduleState>;
  setSchedule(server: string, guid: string, body: ScheduleFields): Promise<ScheduleState>;
  deleteSchedule(server: string, guid: string): Promise<ScheduleState>;
  variables(server: string, guid: string): Promise<VariableNames>;
  changeVariables(
    server: string,
    guid: string,
    body: Schemas['VariableChanges']
  ): Promise<VariableNames>;
  /** Without GUID: what new content can use. */
  integrations(server: string, guid: string | null): Promise<ContentIntegrations>;
  changeIntegrations(
    server: string,
    guid: string,
    body: Schemas['IntegrationChanges']
  ): Promise<ContentIntegrations>;
  runs(server: string, guid: string): Promise<RunList>;
  runNow(server: string, guid: string): Promise<Schemas['RunStarted']>;
  readRun(server: string, guid: string, key: string, path: string): Promise<RunReport>;
  stopRun(server: string, guid: string, key: string): Promise<void>;
  scheduledFailure(server: string, guid: string): Promise<Schemas['ScheduledFailure']>;
  /** The address that downloads a version's bundle. */
  archive(server: string, guid: string, id: string): string;
  readers(server: string, guid: string): Promise<ContentReaders>;
  changeReaders(server: string, guid: string, body: ReaderChanges): Promise<ChangedReaders>;
  people(server: string, text: string, page: number): Promise<PeoplePage>;
  tags(server: string): Promise<TagList>;
  /** Without GUID the address is for new content. */
  checkVanity(server: string, path: string, guid: string | null): Promise<VanityCheck>;
  restore(body: RestoreRequest): Promise<Job>;
  compare(body: CompareRequest): Promise<VersionComparison>;
  changes(body: Schemas['ChangesRequest']): Promise<ChangeState>;
  openContent(body: OpenRequest): Promise<OpenedContent>;
}

/** How an answer failed: the request never arrived, Jupyter refused it, our part is not there, or it said why. */
export type FailureKind = 'no-answer' | 'signed-out' | 'not-installed' | 'problem';

export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    readonly problem: ApiProblem
  ) {
    super(problem.message);
    this.name = 'ApiError';
  }
}

type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Query = Readonly<Record<string, string | number>>;

/** The API of the Jupyter server that `settings` lead to. */
export class Api implements IApi {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly language: string
  ) {}

  version(): Promise<Versions> {
    return this.request('GET', ['version']);
  }

  inspect(body: InspectRequest): Promise<Inspection> {
    return this.request('POST', ['inspect'], { body });
  }

  figures(path: string): Promise<FigureList> {
    return this.request('GET', ['figures'], { query: { path } });
  }

  kernelQuestion(): Promise<KernelQuestion> {
    return this.request('GET', ['kernel']);
  }

  keepKernelAnswer(body: Schemas['KernelAnswer']): Promise<void> {
    return this.request('POST', ['kernel'], { body });
  }

  writeManifest(body: ManifestRequest): Promise<Schemas['Written']> {
    return this.request('POST', ['manifest'], { body });
  }

  checkAddress(body: Schemas['AddressBody']): Promise<FoundServer> {
    return this.request('POST', ['address'], { body });
  }

  servers(): Promise<ServerList> {
    return this.request('GET', ['servers']);
  }

  addServer(body: NewServer): Promise<ServerInfo> {
    return this.request('POST', ['servers'], { body });
  }

  changeServer(name: string, body: ServerPatch): Promise<ServerInfo> {
    return this.request('PATCH', ['servers', name], { body });
  }

  removeServer(name: string): Promise<void> {
    return this.request('DELETE', ['servers', name]);
  }

  signOut(name: string): Promise<ServerInfo> {
    return this.request('POST', ['servers', name, 'sign-out'], { body: {} });
  }

  startSignIn(body: NewSignIn): Promise<SignIn> {
    return this.request('POST', ['sign-in'], { body });
  }

  async signIns(): Promise<readonly SignIn[]> {
    return (await this.request<Schemas['SignInList']>('GET', ['sign-in'])).sign_ins;
  }

  readSignIn(id: string, wait: number): Promise<SignIn> {
    return this.request('GET', ['sign-in', id], { query: { wait } });
  }

  cancelSignIn(id: string): Promise<SignIn> {
    return this.request('DELETE', ['sign-in', id]);
  }

  search(server: string, text: string, path: string): Promise<ContentHits> {
    return this.request('GET', ['servers', server, 'content'], { query: { search: text, path } });
  }

  async jobs(path: string): Promise<readonly Job[]> {
    const list = await this.request<Schemas['JobList']>('GET', ['publish'], { query: { path } });
    return list.jobs;
  }

  publish(body: NotebookRequest): Promise<Job> {
    return this.request('POST', ['publish'], { body });
  }

  readJob(id: string, first: number, wait: number, signal?: AbortSignal): Promise<Job> {
    return this.request('GET', ['publish', id], { query: { first, wait }, signal });
  }

  cancelJob(id: string): Promise<Job> {
    return this.request('DELETE', ['publish', id]);
  }

  rehearse(body: RehearsalRequest): Promise<RehearsalJob> {
    return this.request('POST', ['rehearse'], { body });
  }

  readRehearsal(
    id: string,
    first: number,
    wait: number,
    signal?: AbortSignal
  ): Promise<RehearsalJob> {
    return this.request('GET', ['rehearse', id], { query: { first, wait }, signal });
  }

  cancelRehearsal(id: string): Promise<RehearsalJob> {
    return this.request('DELETE', ['rehearse', id]);
  }

  rehearsalPage(id: string, look: Look | null): string {
    return this.address(['rehearse', id, 'page'], look ? { look } : {});
  }

  startSandbox(): Promise<ServerInfo> {
    return this.request('POST', ['sandbox'], { body: {} });
  }

  sandboxPage(url: string): string {
    return this.address(['sandbox'], { url });
  }

  deletePredecessorCopy(): Promise<void> {
    return this.request('DELETE', ['predecessor']);
  }

  contentVersions(server: string, guid: string, page: number): Promise<ContentVersions> {
    return this.request('GET', versionsOf(server, guid), { query: { page } });
  }

  deleteVersion(server: string, guid: string, id: string): Promise<void> {
    return this.request('DELETE', [...versionsOf(server, guid), id]);
  }

  runLog(server: string, guid: string, id: string): Promise<Schemas['RunLog']> {
    return this.request('GET', [...versionsOf(server, guid), id, 'log']);
  }

  schedule(server: string, guid: string): Promise<ScheduleState> {
    return this.request('GET', [...contentAt(server, guid), 'schedule']);
  }

  setSchedule(server: string, guid: string, body: ScheduleFields): Promise<ScheduleState> {
    return this.request('POST', [...contentAt(server, guid), 'schedule'], { body });
  }

  deleteSchedule(server: string, guid: string): Promise<ScheduleState> {
    return this.request('DELETE', [...contentAt(server, guid), 'schedule']);
  }

  variables(server: string, guid: string): Promise<VariableNames> {
    return this.request('GET', [...contentAt(server, guid), 'variables']);
  }

  changeVariables(
    server: string,
    guid: string,
    body: Schemas['VariableChanges']
  ): Promise<VariableNames> {
    return this.request('PATCH', [...contentAt(server, guid), 'variables'], { body });
  }

  integrations(server: string, guid: string | null): Promise<ContentIntegrations> {
    const place = guid === null ? ['servers', server] : contentAt(server, guid);
    return this.request('GET', [...place, 'integrations']);
  }

  changeIntegrations(
    server: string,
    guid: string,
    body: Schemas['IntegrationChanges']
  ): Promise<ContentIntegrations> {
    return this.request('PATCH', [...contentAt(server, guid), 'integrations'], { body });
  }

  runs(server: string, guid: string): Promise<RunList> {
    return this.request('GET', [...contentAt(server, guid), 'runs']);
  }

  runNow(server: string, guid: string): Promise<Schemas['RunStarted']> {
    return this.request('POST', [...contentAt(server, guid), 'runs'], { body: {} });
  }

  readRun(server: string, guid: string, key: string, path: string): Promise<RunReport> {
    return this.request('GET', [...contentAt(server, guid), 'runs', key], { query: { path } });
  }

  stopRun(server: string, guid: string, key: string): Promise<void> {
    return this.request('DELETE', [...contentAt(server, guid), 'runs', key]);
  }

  scheduledFailure(server: string, guid: string): Promise<Schemas['ScheduledFailure']> {
    return this.request('GET', [...contentAt(server, guid), 'scheduled-failure']);
  }

  archive(server: string, guid: string, id: string): string {
    return this.address([...versionsOf(server, guid), id, 'archive'], {});
  }

  readers(server: string, guid: string): Promise<ContentReaders> {
    return this.request('GET', ['servers', server, 'content', guid, 'readers']);
  }

  changeReaders(server: string, guid: string, body: ReaderChanges): Promise<ChangedReaders> {
    return this.request('PATCH', ['servers', server, 'content', guid, 'readers'], { body });
  }

  people(server: string, text: string, page: number): Promise<PeoplePage> {
    return this.request('GET', ['servers', server, 'people'], { query: { search: text, page } });
  }

  tags(server: string): Promise<TagList> {
    return this.request('GET', ['servers', server, 'tags']);
  }

  checkVanity(server: string, path: string, guid: string | null): Promise<VanityCheck> {
    const query = { path, ...(guid && { guid }) };
    return this.request('GET', ['servers', server, 'vanity'], { query });
  }

  restore(body: RestoreRequest): Promise<Job> {
    return this.request('POST', ['restore'], { body });
  }

  compare(body: CompareRequest): Promise<VersionComparison> {
    return this.request('POST', ['compare'], { body });
  }

  changes(body: Schemas['ChangesRequest']): Promise<ChangeState> {
    return this.request('POST', ['changes'], { body });
  }

  openContent(body: OpenRequest): Promise<OpenedContent> {
    return this.request('POST', ['open'], { body });
  }

  private async request<Answer>(
    verb: Verb,
    route: readonly string[],
    { query = {}, body, signal }: { query?: Query; body?: object; signal?: AbortSignal } = {}
  ): Promise<Answer> {
    const init: RequestInit = {
      method: verb,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      headers: { 'Accept-Language': this.language },
      signal
    };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        this.address(route, query),
        init,
        this.settings
      );
    } catch {
      throw new ApiError('no-answer', 0, { code: 'jupyter-no-answer', message: '', hint: '' });
    }
    const answer = await readAnswer(response);
    if (!response.ok || answer === undefined) {
      throw failureOf(response.status, answer);
    }
    return answer as Answer;
  }

  private address(route: readonly string[], query: Query): string {
    const parts = route.map(encodeURIComponent);
    const root = URLExt.join(this.settings.baseUrl, 'rsconnect-jupyter', ...parts);
    const filled = Object.entries(query).map(([key, value]) => [key, String(value)]);
    return filled.length ? `${root}?${new URLSearchParams(filled)}` : root;
  }
}

function contentAt(server: string, guid: string): readonly string[] {
  return ['servers', server, 'content', guid];
}

function versionsOf(server: string, guid: string): readonly string[] {
  return [...contentAt(server, guid), 'versions'];
}

/** The one parse point: JSON, null for an empty answer, undefined for what is no JSON. */
async function readAnswer(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch {
    return undefined;
  }
}

function failureOf(status: number, answer: unknown): ApiError {
  const blank = { code: 'jupyter-bad-answer', message: '', hint: '' };
  if (status === 401 || status === 403) {
    return new ApiError('signed-out', status, { ...blank, code: 'jupyter-signed-out' });
  }
  if (isProblem(answer)) {
    return new ApiError('problem', status, answer);
  }
  if (status === 404 || status === 405) {
    return new ApiError('not-installed', status, { ...blank, code: 'server-part-missing' });
  }
  return new ApiError('no-answer', status, blank);
}

function isProblem(answer: unknown): answer is ApiProblem {
  const problem = answer as Partial<ApiProblem> | null | undefined;
  return typeof problem?.code === 'string' && typeof problem.message === 'string';
}
