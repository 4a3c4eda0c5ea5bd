/** One notebook and its publishing: what is known, what was chosen, what is going on. */

import { Signal } from '@lumino/signaling';

import { ApiError, type Finding, type Inspection, type Job, type Mode } from '../api';
import {
  inspectBody,
  preferred,
  publishBody,
  shown,
  withFiles,
  withMode,
  withServer,
  withTarget
} from './choices';
import { applyFix, type Fix } from './fixes';
import { writeManifest } from './manifest';
import { problemOf } from './problems';
import { Publishing } from './publishing';
import { ContentSearch, sameTitle } from './search';
import {
  type Activity,
  type IForm,
  type INotebookState,
  type IShown,
  type Loaded,
  type Target,
  UNTOUCHED
} from './state';
import type { ISurroundings } from './surroundings';
import type { PublishingState } from '../tokens';

const REFRESH_PAUSE = 250;

export class NotebookModel {
  constructor(
    private readonly around: ISurroundings,
    path: string
  ) {
    this.path = path;
    this.job = new Publishing(around.api, around.trans);
    this.job.changed.connect(this.turn, this);
    this.job.ended.connect(this.settle, this);
    const search = (): ContentSearch =>
      new ContentSearch(
        around.api,
        around.trans,
        () => this.path,
        () => this.changed.emit()
      );
    this.finder = search();
    this.offers = search();
  }

  readonly changed = new Signal<this, void>(this);
  /** Emitted once when a publish that this tab watched has ended. */
  readonly ended = new Signal<this, Activity>(this);

  path: string;
  inspection: Loaded<Inspection> = { kind: 'loading' };
  refreshing = false;
  form: IForm = UNTOUCHED;
  logOpen = false;
  readonly finder: ContentSearch;

  get state(): INotebookState {
    const { path, inspection, refreshing, form, activity } = this;
    return {
      path,
      inspection,
      refreshing,
      form,
      search: this.finder.state,
      sameTitle: this.offer(),
      activity
    };
  }

  get activity(): Activity {
    return this.job.activity;
  }

  /** What the form shows, null until the notebook was looked at. */
  get shown(): IShown | null {
    return this.inspection.kind === 'ready' ? shown(this.form, this.inspection.value) : null;
  }

  get publishing(): PublishingState {
    const { kind } = this.activity;
    if (kind === 'saving') {
      return 'publishing';
    }
    return kind === 'failed' && this.activity.cancelled ? 'idle' : kind;
  }

  /** The readers' address of what was published last. */
  get publishedUrl(): string | null {
    const { activity } = this;
    return activity.kind === 'done'
      ? activity.deployment.url
      : this.shown?.publication?.url || null;
  }

  /** Findings that stop a publish, as far as the choices can mend them. */
  get stops(): readonly Finding[] {
    return this.inspection.kind === 'ready'
      ? this.inspection.value.findings.filter(each => each.severity === 'error')
      : [];
  }

  get canPublish(): boolean {
    const now = this.shown;
    return !this.job.busy && !!now?.server && !!now.title.trim() && !this.stops.length;
  }

  /** Look at the notebook: everything the panel shows, and a publish that is under way or has ended. */
  async load(): Promise<void> {
    await this.inspect();
    if (this.inspection.kind === 'ready') {
      const { running, last } = this.inspection.value;
      await this.job.attach(running ?? last);
      await this.takePreferences();
      this.lookForSameTitle();
    }
  }

  /** Look again: the notebook was saved, the author came back to this tab, or asked for it. */
  async refresh(): Promise<void> {
    await this.inspect();
    const running = this.inspection.kind === 'ready' ? this.inspection.value.running : null;
    await this.job.attach(running);
  }

  choose(part: Partial<IForm>): void {
    this.form = { ...this.form, ...part };
    this.formChanged('title' in part ? 2 * REFRESH_PAUSE : REFRESH_PAUSE);
  }

  chooseServer(name: string): void {
    this.form = withServer(this.form, name);
    this.finder.close();
    this.formChanged();
  }

  chooseTarget(target: Target): void {
    const title = target.kind === 'content' ? null : this.form.title;
    this.form = { ...withTarget(this.form, target), title };
    this.finder.close();
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

  /** Search the chosen server for content to publish over. */
  searchContent(text: string, pause?: number): void {
    const server = this.shown?.server;
    if (server) {
      this.finder.look(server, text, pause);
    }
  }

  /** Take a finding's one-click fix. */
  async fix(finding: Finding): Promise<void> {
    if (finding.fix) {
      await applyFix(this, finding.fix, this.around);
    }
  }

  async goTo(finding: Pick<Finding, 'where'>): Promise<void> {
    if (finding.where) {
      await this.around.desk.goTo(this.path, finding.where);
    }
  }

  /** Save the notebook and publish what the form shows. */
  async publish({ replace = false } = {}): Promise<void> {
    if (this.inspection.kind !== 'ready' || !this.canPublish) {
      return;
    }
    const { desk, preferences } = this.around;
    const sure = replace || !preferences().confirmReplace;
    const body = publishBody(this.path, this.form, this.inspection.value, sure);
    this.finder.close();
    await this.job.start(() => desk.save(this.path), body);
  }

  /** Take the fix that a failed publish brings along, and publish again. */
  async fixAndRetry(fix: Fix): Promise<void> {
    const replace = fix.action === 'replace';
    if (replace || (await applyFix(this, fix, this.around))) {
      await this.publish({ replace });
    }
  }

  /** Look at once how a publish that runs stands. */
  look(): void {
    this.job.look();
  }

  showLog(open: boolean): void {
    this.logOpen = open;
    this.changed.emit();
  }

  async cancel(): Promise<void> {
    try {
      await this.job.cancel();
    } catch (error) {
      this.around.desk.notify('error', this.words(error).message, []);
    }
  }

  /** Put the result away and show the form. */
  dismiss(): void {
    this.job.dismiss();
  }

  /** Ask the kernel anew what it has installed. */
  async scan(): Promise<void> {
    const { requirements, files } = this.form;
    try {
      await this.around.api.scan({
        path: this.path,
        ...(requirements && { requirements }),
        ...(files && { files: [...files] })
      });
    } catch (error) {
      this.around.desk.notify('error', this.words(error).message, []);
    }
    await this.inspect();
  }

  /** Write manifest.json beside the notebook, as the panel shows it. */
  async writeManifest(): Promise<void> {
    await writeManifest(this, this.around);
  }

  dispose(): void {
    this.job.dispose();
    clearTimeout(this.timer);
    this.finder.cancel();
    this.offers.cancel();
    Signal.clearData(this);
  }

  private async inspect(): Promise<void> {
    const asked = (this.asked += 1);
    const known = this.inspection.kind === 'ready' ? this.inspection.value : null;
    clearTimeout(this.timer);
    this.refreshing = true;
    this.changed.emit();
    let inspection: Loaded<Inspection>;
    try {
      const body = inspectBody(this.path, this.form, known);
      inspection = { kind: 'ready', value: await this.around.api.inspect(body) };
    } catch (error) {
      // What is known is better than nothing while Jupyter does not answer.
      const passing = known && error instanceof ApiError && error.kind !== 'problem';
      inspection = passing ? this.inspection : { kind: 'failed', problem: this.words(error) };
    }
    if (asked === this.asked) {
      this.refreshing = false;
      this.inspection = inspection;
      this.changed.emit();
    }
  }

  private async takePreferences(): Promise<void> {
    if (this.inspection.kind === 'ready' && this.form === UNTOUCHED) {
      const chosen = preferred(this.inspection.value, this.around.preferences());
      if (Object.keys(chosen).length) {
        this.form = { ...UNTOUCHED, ...chosen };
        await this.inspect();
      }
    }
  }

  /** The log is open while there is something to follow, and at what went wrong. */
  private turn(): void {
    const { activity } = this;
    if (activity.kind !== this.followed) {
      this.followed = activity.kind;
      const failed = activity.kind === 'failed' && !activity.cancelled;
      this.logOpen =
        activity.kind === 'publishing' || (failed && this.around.preferences().openLogOnFailure);
    }
    this.changed.emit();
  }

  /** After a publish: the form starts anew from what is remembered now; after a failure it keeps every choice. */
  private async settle(_: unknown, job: Job | null): Promise<void> {
    if (job?.state === 'done') {
      this.form = { ...UNTOUCHED, server: this.form.server };
    }
    this.ended.emit(this.activity);
    await this.inspect();
    const newest = this.inspection.kind === 'ready' ? this.inspection.value.publications[0] : null;
    if (job && newest && this.form.target?.kind === 'new' && newest.time >= job.started) {
      // The failed publish made a content; the next one mends it instead of making a second.
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
    const now = this.shown;
    if (now?.server && now.target.kind === 'new' && now.title.trim()) {
      this.offers.look(now.server, now.title);
    } else {
      this.offers.close();
    }
  }

  private offer(): INotebookState['sameTitle'] {
    const now = this.shown;
    const found = this.offers.state;
    if (!now || now.target.kind !== 'new' || this.form.target || found.kind !== 'found') {
      return null;
    }
    return sameTitle(found.hits, now.title, now.mode);
  }

  private words(error: unknown): ReturnType<typeof problemOf> {
    return problemOf(error, this.around.trans);
  }

  private readonly job: Publishing;
  private followed: Activity['kind'] = 'idle';
  private readonly offers: ContentSearch;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
}
