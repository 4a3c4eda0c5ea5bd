/** One notebook and its publishing: what is known, what was chosen, what is going on. */

import { Signal } from '@lumino/signaling';

import {
  ApiError,
  type ContentVersion,
  type Finding,
  type Inspection,
  type Job,
  type Mode,
  type OptionSource,
  type RehearsalJob,
  type RehearsalRequest
} from '../api';
import {
  inspectBody,
  optionSource,
  optionValue,
  preferredForm,
  publishBody,
  formValues,
  withFiles,
  withMode,
  withPins,
  withRequirements,
  withoutReaders,
  withoutValues,
  withServer,
  withTarget,
  isFilled
} from './form';
import { applyFix, type Fix } from './fixes';
import { writeManifest } from './writeManifest';
import { problemOf } from './problems';
import { isBusy, PublishJob } from './publishJob';
import { previewTab, previewId } from './preview';
import { ContentSearch, sameTitle } from './contentSearch';
import {
  type Activity,
  type FormOptions,
  type IForm,
  type INotebookState,
  type IFormValues,
  type Loaded,
  type IVariable,
  type Target,
  EMPTY_FORM
} from './state';
import { ChangesModel } from './changes';
import { readerChanges } from './readerChoices';
import { IntegrationsModel } from './integrations';
import { ReadersModel } from './readers';
import type { KernelState } from './host';
import { RunsModel } from './runs';
import { ScheduleModel } from './schedule';
import { type IContentOf, type IDestination, NOWHERE } from './sectionModel';
import { VariablesModel, withVariables } from './variables';
import { VersionsModel } from './versions';
import type { IServices } from './services';
import type { PublishingState } from '../tokens';

const REFRESH_PAUSE = 250;
/** Modes that the server runs again, by schedule or on demand. */
const RENDERED: readonly string[] = ['jupyter-static', 'quarto-static'];

export class NotebookModel {
  constructor(
    private readonly services: IServices,
    path: string
  ) {
    this.path = path;
    this.job = new PublishJob(services.api, services.trans);
    this.job.changed.connect(this.jobChanged, this);
    this.job.ended.connect(this.jobEnded, this);
    this.job.rehearsed.connect(this.rehearsalEnded, this);
    const search = (): ContentSearch =>
      new ContentSearch(
        services.api,
        services.trans,
        () => this.path,
        () => this.changed.emit()
      );
    const changed = (): void => this.changed.emit();
    this.versions = new VersionsModel(services.api, services.trans, changed);
    this.variables = new VariablesModel(services.api, services.trans, changed);
    this.schedule = new ScheduleModel(services.api, services.trans, changed);
    this.runs = new RunsModel(
      services.api,
      services.trans,
      changed,
      services.host,
      () => this.path
    );
    this.readers = new ReadersModel(services.api, services.trans, changed);
    this.integrations = new IntegrationsModel(services.api, services.trans, changed);
    this.changes = new ChangesModel(services.api, () => this.path, changed);
    this.search = search();
    this.titleSearch = search();
  }

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab watched has ended. */
  readonly ended = new Signal<this, Activity>(this);

  path: string;
  inspection: Loaded<Inspection> = { kind: 'loading' };
  refreshing = false;
  form: IForm = EMPTY_FORM;
  logOpen = false;
  readonly search: ContentSearch;
  readonly versions: VersionsModel;
  readonly readers: ReadersModel;
  readonly changes: ChangesModel;
  readonly runs: RunsModel;
  readonly schedule: ScheduleModel;
  readonly variables: VariablesModel;
  readonly integrations: IntegrationsModel;

  get state(): INotebookState {
    const { path, inspection, refreshing, form, activity } = this;
    return {
      path,
      inspection,
      refreshing,
      form,
      search: this.search.state,
      sameTitle: this.sameTitle(),
      activity
    };
  }

  get activity(): Activity {
    return this.job.activity;
  }

  /** What the form shows, null until the notebook was looked at. */
  get values(): IFormValues | null {
    return this.inspection.kind === 'ready' ? formValues(this.form, this.inspection.value) : null;
  }

  /** Where a publish would go; null while no server is known. */
  get destination(): IDestination | null {
    const { values } = this;
    return values?.server
      ? {
          server: values.server,
          guid: values.target.kind === 'content' ? values.target.guid : null
        }
      : null;
  }

  /** The content that a publish would update; null for a new one. */
  get existing(): IContentOf | null {
    const { destination } = this;
    return destination?.guid ? { server: destination.server, guid: destination.guid } : null;
  }

  /** Whether the server runs that content again, by schedule or on demand. */
  get isRerun(): boolean {
    const target = this.values?.target;
    return target?.kind === 'content' && RENDERED.includes(target.mode);
  }

  /** Whether a publish makes new content that the server can run again: it has no section *Schedule* yet. */
  get becomesRerun(): boolean {
    const { values } = this;
    return values?.target.kind === 'new' && RENDERED.includes(values.mode);
  }

  /** The value that the form shows for an option; undefined until the notebook was inspected. */
  option<Name extends keyof FormOptions>(name: Name): FormOptions[Name] {
    const { form, inspection } = this;
    return inspection.kind === 'ready' ? optionValue(form, inspection.value, name) : form[name];
  }

  /** Where that value comes from. */
  optionSource(name: keyof FormOptions): OptionSource['source'] {
    const { form, inspection } = this;
    return inspection.kind === 'ready' ? optionSource(form, inspection.value, name) : 'default';
  }

  get publishing(): PublishingState {
    const { kind } = this.activity;
    switch (kind) {
      case 'saving':
        return 'publishing';
      case 'rehearsing':
      case 'rehearsed':
        return 'idle';
      case 'failed':
        return this.activity.cancelled || this.activity.rehearsal ? 'idle' : kind;
      default:
        return kind;
    }
  }

  /** What was published last, with its readers' address. */
  get published(): { readonly server: string | null; readonly url: string } | null {
    const { activity } = this;
    const found = activity.kind === 'done' ? activity.deployment : this.values?.publication;
    return found?.url ? found : null;
  }

  /** Findings that stop a publish. */
  get blockingFindings(): readonly Finding[] {
    return this.inspection.kind === 'ready'
      ? this.inspection.value.findings.filter(each => each.severity === 'error')
      : [];
  }

  /** True when the form has all that a publish needs. */
  get isComplete(): boolean {
    const { form, values } = this;
    return !!values?.server && !!values.title.trim() && !form.variables.some(each => each.sent);
  }

  get canPublish(): boolean {
    return (
      this.isComplete &&
      !this.job.busy &&
      !this.blockingFindings.length &&
      this.services.acceptsPublish()
    );
  }

  /** True when it could be rehearsed; no server is needed for that. */
  get canRehearse(): boolean {
    return (
      this.inspection.kind === 'ready' &&
      this.inspection.value.rehearsal.allowed &&
      !this.job.busy &&
      !this.blockingFindings.length
    );
  }

  /** Look at the notebook as far as it is seen: a closed panel only follows a publish that runs. */
  async update(panelOpen: boolean): Promise<void> {
    if (!panelOpen) {
      await this.attachToRunning();
    } else if (this.loaded) {
      await this.refresh();
    } else {
      await this.load();
    }
    if (panelOpen && this.existing && this.isRerun) {
      await this.runs.look(this.existing);
    }
  }

  /** Look at the notebook: everything the panel shows, and a publish that is under way or has ended. */
  async load(): Promise<void> {
    this.loaded = true;
    await this.inspect();
    if (this.inspection.kind === 'ready') {
      if (await this.kernelHasAnswered()) {
        await this.inspect();
      } else if (this.services.preferences().askKernel) {
        void this.askOnceIdle();
      }
      const { running, last, rehearsal } = this.inspection.value;
      const rehearsed = running ? null : (rehearsal.running ?? rehearsal.last);
      await (rehearsed
        ? this.job.attach(rehearsed, 'rehearsal')
        : this.job.attach(running ?? last));
      await this.applyPreferences();
      this.lookForSameTitle();
    }
  }

  /** Look again: the notebook was saved, the author came back to this tab, or number for it. */
  async refresh(): Promise<void> {
    await this.kernelHasAnswered();
    await this.inspect();
    const running = this.inspection.kind === 'ready' ? this.inspection.value.running : null;
    await this.job.attach(running);
  }

  /** Whether the notebook's kernel runs, so that it can be asked. */
  get kernelState(): KernelState {
    return this.services.host.kernelState(this.path);
  }

  /** Ask the running kernel which packages it has, now and from now on: the author wishes it. */
  async askKernel(): Promise<void> {
    const { notices, prefer, trans } = this.services;
    await prefer({ askKernel: true });
    if (await this.kernelHasAnswered(true)) {
      await this.inspect();
    } else {
      const message = trans.__('The kernel did not answer. Ask it again when it is idle.');
      notices.show({ kind: 'error', message });
    }
  }

  choose(part: Partial<IForm>): void {
    this.form = { ...this.form, ...part };
    this.formChanged('title' in part ? 2 * REFRESH_PAUSE : REFRESH_PAUSE);
  }

  /** Choose something about readers: the server keeps it, and nothing of it changes what is published. */
  chooseReaders(part: Partial<IForm>): void {
    this.form = { ...this.form, ...part };
    this.changed.emit();
  }

  /** Change at once what was chosen about readers, without a publish. */
  async applyReaders(): Promise<void> {
    const { path, form } = this;
    if (await this.readers.apply({ path, ...readerChanges(form) })) {
      this.form = withoutReaders(this.form);
      this.changed.emit();
    }
  }

  /** Choose which integrations the content uses: the server keeps it, and nothing of it changes the bundle. */
  chooseIntegrations(integrations: readonly string[] | undefined): void {
    this.form = { ...this.form, integrations: integrations && [...integrations] };
    this.changed.emit();
  }

  /** Change at once which integrations the content uses, without a publish. */
  async applyIntegrations(): Promise<void> {
    const { integrations = [] } = this.form;
    if (this.existing && (await this.integrations.apply(this.existing, integrations))) {
      this.chooseIntegrations(undefined);
    }
  }

  chooseServer(name: string): void {
    this.form = withServer(this.form, name);
    this.search.close();
    this.formChanged();
  }

  chooseTarget(target: Target): void {
    const title = target.kind === 'content' ? undefined : this.form.title;
    this.form = { ...withTarget(this.form, target), title };
    this.search.close();
    this.formChanged();
  }

  chooseMode(mode: Mode): void {
    if (this.inspection.kind === 'ready') {
      this.form = withMode(this.form, this.inspection.value, mode);
      this.formChanged();
    }
  }

  chooseFiles(paths: readonly string[], included: boolean): void {
    if (this.inspection.kind === 'ready') {
      this.form = withFiles(this.form, this.inspection.value, paths, included);
      this.formChanged();
    }
  }

  chooseRequirements(lines: readonly string[], included: boolean): void {
    if (this.inspection.kind === 'ready') {
      this.form = withRequirements(this.form, this.inspection.value, lines, included);
      this.formChanged();
    }
  }

  /** Add packages with their versions to the requirements. */
  pinRequirements(lines: readonly string[]): void {
    if (this.inspection.kind === 'ready') {
      this.form = withPins(this.form, this.inspection.value, lines);
      this.formChanged();
    }
  }

  /** Search the chosen server for content to update. */
  searchContent(text: string, pause?: number): void {
    const server = this.values?.server;
    if (server) {
      this.search.start(server, text, pause);
    }
  }

  /** Add variables to those that the publish sets. */
  addVariables(added: readonly IVariable[]): void {
    this.choose({ variables: withVariables(this.form.variables, added) });
  }

  /** Show where the value of a variable is entered. */
  async editVariable(name: string): Promise<void> {
    if (!this.form.variables.some(each => each.name === name)) {
      this.addVariables([{ name, value: '', remove: false, sent: false }]);
    }
    await this.variables.open(this.destination ?? NOWHERE);
  }

  /** Set the variables that were entered on the server, without a publish; their values are dropped here. */
  async applyVariables(): Promise<void> {
    const filled = this.form.variables.filter(isFilled);
    if (this.existing && (await this.variables.apply(this.existing, filled))) {
      this.choose({ variables: this.form.variables.filter(each => !filled.includes(each)) });
    }
  }

  /** Take a finding's one-click fix. */
  async fix(finding: Finding): Promise<void> {
    if (finding.fix) {
      await applyFix(this, finding.fix, this.services);
    }
  }

  async goTo(finding: Pick<Finding, 'where'>): Promise<void> {
    if (finding.where) {
      await this.services.host.goTo(this.path, finding.where);
    }
  }

  /** Save the notebook and publish what the form shows. */
  async publish({ overwrite = false } = {}): Promise<void> {
    if (this.inspection.kind !== 'ready' || !this.canPublish) {
      return;
    }
    const { host, preferences } = this.services;
    if (preferences().rehearseFirst && this.isFirst && this.canRehearse) {
      this.publishWanted = true;
      await this.rehearse();
      return;
    }
    const sure = overwrite || !preferences().confirmOverwrite;
    const { git_metadata = preferences().gitMetadata } = this.form;
    const form = git_metadata ? this.form : { ...this.form, git_metadata };
    const body = publishBody(this.path, form, this.inspection.value, sure);
    this.search.close();
    const save = async (): Promise<void> => {
      await host.save(this.path);
      this.form = withoutValues(this.form);
    };
    await this.job.start(save, body);
  }

  /** Save the notebook, and run the bundle in a clean environment on this machine. */
  async rehearse({ fix = false } = {}): Promise<void> {
    if (this.inspection.kind !== 'ready' || !this.canRehearse) {
      return;
    }
    const body = { ...this.rehearsalBody(this.inspection.value), fix };
    await this.job.begin(async () => {
      await this.services.host.save(this.path);
      return this.services.api.rehearse(body);
    }, 'rehearsal');
  }

  /** Apply the fix of a failed rehearsal, and rehearse again. */
  async fixAndRehearse(fix: Fix): Promise<void> {
    const done = await applyFix(this, fix, this.services);
    if (done && fix.action !== 'set-variable') {
      await this.rehearse();
    }
  }

  /** Show the page that readers would see: of a finished document at once, else the one that a rehearsal made. */
  async preview(): Promise<void> {
    const { activity } = this;
    const { host, notices } = this.services;
    if (!this.isPage && !(activity.kind === 'rehearsed' && activity.rehearsal.page)) {
      this.previewWanted = true;
      await this.rehearse();
      return;
    }
    try {
      await host.save(this.path);
    } catch (error) {
      notices.show({ kind: 'error', message: this.problemOf(error).message });
    }
    host.preview(previewTab(this, this.services));
  }

  /** The notebook was saved: the page of a finished document is made again if it is looked at. */
  refreshPreview(): void {
    if (this.isPage && !this.option('run_first')) {
      this.services.host.refreshPreview(previewId(this.path));
    }
  }

  /** True when readers get a page that is made here. */
  get isPage(): boolean {
    return this.values?.mode === 'static';
  }

  /** The request that rehearses what the form shows. */
  rehearsalBody(inspection: Inspection): RehearsalRequest {
    return publishBody(this.path, this.form, inspection, false);
  }

  /** Make a version what readers see, after asking. */
  async restore(of: IContentOf, { id, state }: ContentVersion): Promise<void> {
    const { api, host, trans } = this.services;
    const versions = this.versions.state;
    const active = versions.kind === 'ready' ? versions.now.active : '';
    const question =
      state === 'draft'
        ? {
            title: trans.__('Activate version %1?', id),
            body: trans.__('Readers will see this draft.'),
            accept: trans.__('Activate')
          }
        : {
            title: trans.__('Restore version %1?', id),
            body: trans.__('Readers will see this version instead of version %1.', active),
            accept: trans.__('Restore')
          };
    if (!this.job.busy && (await host.confirm(question))) {
      const seen = active ? { seen: active } : {};
      await this.job.begin(() => api.restore({ path: this.path, ...of, version: id, ...seen }));
    }
  }

  /** Compare a version with the notebook, or with another version, in a tab. */
  async compareWith(of: IContentOf, version: string, other?: string): Promise<void> {
    const { api, host, notices, trans } = this.services;
    const { path } = this;
    const name = path.split('/').pop() ?? path;
    if (other !== undefined) {
      const [before, after] = [version, other].sort((a, b) => Number(a) - Number(b));
      host.compare({
        id: `rsconnect-jupyter-compare-${of.guid}-${before}-${after}-${path}`,
        title: trans.__('%1: versions %2 and %3', name, before, after),
        load: () => api.compare({ path, ...of, old: before, new: after })
      });
      return;
    }
    try {
      await host.save(this.path);
    } catch (error) {
      notices.show({ kind: 'error', message: this.problemOf(error).message });
    }
    host.compare({
      id: `rsconnect-jupyter-compare-${of.guid}-${version}-${path}`,
      title: trans.__('%1: version %2 and now', name, version),
      load: () => api.compare({ path, ...of, old: version })
    });
  }

  /** Compare what readers see with the notebook, in a tab. */
  async compareWithPublished(): Promise<void> {
    await this.changes.look(true);
    const state = this.changes.state;
    const server = state && this.serverAt(state.server_url);
    if (state?.bundle_id && server) {
      await this.compareWith({ server, guid: state.guid }, state.bundle_id);
    }
  }

  downloadVersion(of: IContentOf, version: string): void {
    const { api, host } = this.services;
    host.downloadFrom(api.archive(of.server, of.guid, version));
  }

  /** Delete a version, after asking. */
  async deleteVersion({ id }: ContentVersion): Promise<void> {
    const { host, trans } = this.services;
    const question = {
      title: trans.__('Delete version %1?', id),
      body: trans.__('It cannot be restored afterwards.'),
      accept: trans.__('Delete')
    };
    if (await host.confirm(question)) {
      await this.versions.remove(id);
    }
  }

  /** Look at the notebook and the server once more, then publish. */
  async publishAnew(): Promise<void> {
    await this.refresh();
    await this.publish();
  }

  /** Apply the fix of a failed publish, and publish again. */
  async fixAndRetry(fix: Fix): Promise<void> {
    const overwrite = fix.action === 'overwrite';
    if (overwrite || (await applyFix(this, fix, this.services))) {
      if (fix.action !== 'set-variable') {
        await this.publish({ overwrite });
      }
    }
  }

  /** Poll a running publish at once. */
  pollNow(): void {
    this.job.pollNow();
  }

  showLog(open: boolean): void {
    this.logOpen = open;
    this.changed.emit();
  }

  async cancel(): Promise<void> {
    try {
      await this.job.cancel();
    } catch (error) {
      this.services.notices.show({ kind: 'error', message: this.problemOf(error).message });
    }
  }

  /** Put the result away and show the form. */
  dismiss(): void {
    this.job.dismiss();
  }

  /** Write manifest.json beside the notebook, as the panel shows it. */
  async writeManifest(): Promise<void> {
    if (!this.loaded) {
      await this.load();
    }
    await writeManifest(this, this.services);
  }

  dispose(): void {
    this.job.dispose();
    clearTimeout(this.timer);
    this.search.cancel();
    this.titleSearch.cancel();
    this.readers.dispose();
    Signal.clearData(this);
  }

  private async askOnceIdle(): Promise<void> {
    await this.services.host.kernelIdle(this.path);
    if (await this.kernelHasAnswered()) {
      await this.inspect();
    }
  }

  /** Ask the kernel if the author allows it; true when it has answered. */
  private async kernelHasAnswered(
    allowed = this.services.preferences().askKernel
  ): Promise<boolean> {
    const { api, host } = this.services;
    if (!allowed || this.kernelState !== 'idle') {
      return false;
    }
    try {
      const answer = await host.askKernel(this.path, await api.kernelQuestion());
      await (answer && api.keepKernelAnswer({ path: this.path, ...answer }));
      return answer !== null;
    } catch {
      return false; // what the kernel would have said stays unknown, as before
    }
  }

  private serverAt(url: string): string | null {
    return this.services.servers().find(each => each.url === url)?.name ?? null;
  }

  private async attachToRunning(): Promise<void> {
    try {
      const jobs = await this.services.api.jobs(this.path);
      await this.job.attach(jobs.find(each => each.state === 'running')?.id ?? null);
    } catch {
      // The panel says what is wrong as soon as it is opened.
    }
  }

  /**
   * Look at the notebook and ask the server. Which versions of Python and Quarto that has is asked by a second
   * inspection: checks of them come when Publish can already be clicked.
   */
  private async inspect({ server_versions = false } = {}): Promise<void> {
    const number = (this.inspections += 1);
    const known = this.inspection.kind === 'ready' ? this.inspection.value : null;
    clearTimeout(this.timer);
    this.refreshing = true;
    this.changed.emit();
    let inspection: Loaded<Inspection>;
    try {
      const body = { ...inspectBody(this.path, this.form, known), server_versions };
      inspection = { kind: 'ready', value: await this.services.api.inspect(body) };
    } catch (error) {
      // What is known is better than nothing while Jupyter is not responding.
      const passing = known && error instanceof ApiError && error.kind !== 'problem';
      inspection = passing ? this.inspection : { kind: 'failed', problem: this.problemOf(error) };
    }
    if (number === this.inspections) {
      this.refreshing = false;
      this.inspection = inspection;
      this.changed.emit();
      const pending = inspection.kind === 'ready' && inspection.value.server_versions_pending;
      if (pending && !server_versions) {
        void this.inspect({ server_versions: true });
      }
    }
  }

  private async applyPreferences(): Promise<void> {
    if (this.inspection.kind === 'ready' && this.form === EMPTY_FORM) {
      const chosen = preferredForm(this.inspection.value, this.services.preferences());
      if (Object.keys(chosen).length) {
        this.form = { ...EMPTY_FORM, ...chosen };
        await this.inspect();
      }
    }
  }

  /** True for what was neither published nor rehearsed. */
  private get isFirst(): boolean {
    return !this.values?.publication && !this.isPage && this.activity.kind !== 'rehearsed';
  }

  /** After a rehearsal: the form takes the fixes that were applied; what waited for its end goes on. */
  private async rehearsalEnded(_: unknown, job: RehearsalJob | null): Promise<void> {
    const { previewWanted, publishWanted } = this;
    this.previewWanted = this.publishWanted = false;
    for (const fix of job?.result?.applied ?? []) {
      await applyFix(this, fix, this.services);
    }
    if (previewWanted && job?.result?.page) {
      await this.preview();
    }
    if (publishWanted && job?.result?.runs) {
      await this.publish();
    }
  }

  /** The log is open while there is something to follow, and at what went wrong. */
  private jobChanged(): void {
    const { activity } = this;
    if (activity.kind !== this.lastActivity) {
      this.lastActivity = activity.kind;
      const failed = activity.kind === 'failed' && !activity.cancelled;
      this.logOpen = isBusy(activity) || (failed && this.services.preferences().openLogOnFailure);
    }
    this.changed.emit();
  }

  /** After a publish: the form is reset to what is remembered now; after a failure it keeps every choice. */
  private async jobEnded(_: unknown, job: Job | null): Promise<void> {
    if (job?.state === 'done') {
      this.form = { ...EMPTY_FORM, server: this.form.server };
    }
    this.ended.emit(this.activity);
    if (job?.result && !job.result.draft_url) {
      void this.versions.activated(job.result.bundle_id);
    } else if (job?.result) {
      void this.versions.reload();
    }
    void this.readers.reload();
    void this.integrations.reload();
    void this.changes.look(false);
    void this.runs.reload();
    void this.variables.reload();
    await this.inspect();
    const newest = this.inspection.kind === 'ready' ? this.inspection.value.publications[0] : null;
    if (job && newest && this.form.target?.kind === 'new' && newest.time >= job.started) {
      // The failed publish created a content; the next one updates it instead of creating a second.
      this.form = { ...this.form, target: null };
      this.changed.emit();
    }
  }

  private formChanged(pause = REFRESH_PAUSE): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.inspect().then(() => this.lookForSameTitle());
    }, pause);
    this.changed.emit();
  }

  private lookForSameTitle(): void {
    const now = this.values;
    if (now?.server && now.target.kind === 'new' && now.title.trim()) {
      this.titleSearch.start(now.server, now.title);
    } else {
      this.titleSearch.close();
    }
  }

  private sameTitle(): INotebookState['sameTitle'] {
    const now = this.values;
    if (!now?.server || now.target.kind !== 'new' || this.form.target) {
      return null;
    }
    return sameTitle(this.titleSearch.hitsOn(now.server), now.title, now.mode);
  }

  private problemOf(error: unknown): ReturnType<typeof problemOf> {
    return problemOf(error, this.services.trans);
  }

  private loaded = false;
  private readonly job: PublishJob;
  private lastActivity: Activity['kind'] = 'idle';
  private previewWanted = false;
  private publishWanted = false;
  private readonly titleSearch: ContentSearch;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private inspections = 0;
}
