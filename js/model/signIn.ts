/** One sign-in with the browser: begun, waited for, cancelled, found again after a reload. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ApiError, type IApi, type NewSignIn, type SignIn } from '../api';
import type { IHost, ITab } from './host';
import { problemOf } from './problems';
import type { IProblem } from './state';

/** Seconds that one answer waits for the end of a sign-in. */
const WAIT_SECONDS = 25;
/** Milliseconds before Jupyter is asked again when it did not answer. */
const RETRY_PAUSE = 2000;

export type SignInState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly request: NewSignIn }
  | {
      readonly kind: 'waiting';
      readonly signIn: SignIn;
      readonly request: NewSignIn;
      /** False when the browser did not let us open the page. */
      readonly opened: boolean;
    }
  /** The server sends sign-ins to another host, which the user may allow. */
  | { readonly kind: 'elsewhere'; readonly request: NewSignIn; readonly problem: IProblem }
  | { readonly kind: 'failed'; readonly request: NewSignIn; readonly problem: IProblem };

export class SignInModel {
  constructor(
    private readonly api: IApi,
    private readonly host: IHost,
    private readonly trans: TranslationBundle
  ) {}

  state: SignInState = { kind: 'idle' };

  readonly changed = new Signal<this, void>(this);
  /** Emitted with the name of the server once the user is signed in. */
  readonly done = new Signal<this, string>(this);

  /** True while nothing else can be begun. */
  get busy(): boolean {
    return this.state.kind === 'starting' || this.state.kind === 'waiting';
  }

  /** Whether the sign-in at hand is about this known server. */
  isAbout(server: string): boolean {
    return 'request' in this.state && this.state.request.server === server;
  }

  /** Begin; call it in the handler of a click, as browsers open pages only then. */
  async begin(request: NewSignIn): Promise<void> {
    if (this.busy) {
      return;
    }
    const tab = this.host.openTab();
    this.set({ kind: 'starting', request });
    try {
      await this.reach(await this.api.startSignIn(this.placed(request)), request, tab);
    } catch (error) {
      tab.close();
      this.fail(request, error);
    }
  }

  /** Go on although the server sends sign-ins to another host. */
  async allowElsewhere(): Promise<void> {
    const now = this.state;
    if (now.kind === 'elsewhere') {
      this.set({ kind: 'idle' });
      await this.begin({ ...now.request, allow_host: hostOf(now.problem) });
    }
  }

  /** Wait for the user no longer. */
  async cancel(): Promise<void> {
    const now = this.state;
    this.set({ kind: 'idle' });
    if (now.kind === 'waiting') {
      await this.api.cancelSignIn(now.signIn.id).catch(() => undefined);
    }
  }

  /** Take up again what waits in Jupyter, after a reload. */
  async resume(): Promise<void> {
    if (this.state.kind !== 'idle') {
      return;
    }
    try {
      const [signIn] = await this.api.signIns();
      if (signIn && this.state.kind === 'idle') {
        const request = signIn.name ? { server: signIn.name } : { address: signIn.url };
        void this.follow(signIn, request, true).catch(error => this.fail(request, error));
      }
    } catch {
      // A sign-in that cannot be found again can be begun again.
    }
  }

  /** Open the server's page; begin anew when this browser cannot come back to the machine Jupyter runs on. */
  private async reach(signIn: SignIn, request: NewSignIn, tab: ITab): Promise<void> {
    const { probe } = signIn;
    if (probe && !(await this.host.answers(probe.url, probe.answer))) {
      await this.reach(await this.api.startSignIn({ ...request, remote: true }), request, tab);
      return;
    }
    const opened = tab.show(signIn.page);
    await this.follow(signIn, request, opened);
  }

  private placed(request: NewSignIn): NewSignIn {
    return { ...request, remote: !this.host.isOnThisMachine };
  }

  private async follow(signIn: SignIn, request: NewSignIn, opened: boolean): Promise<void> {
    this.set({ kind: 'waiting', signIn, request, opened });
    while (this.isWaitingFor(signIn.id)) {
      let now: SignIn;
      try {
        now = await this.api.readSignIn(signIn.id, WAIT_SECONDS);
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'no-answer') {
          await this.host.pause(RETRY_PAUSE);
          continue;
        }
        throw error;
      }
      if (now.status !== 'pending' && this.isWaitingFor(signIn.id)) {
        this.ended(now, request);
      }
    }
  }

  private isWaitingFor(id: string): boolean {
    return this.state.kind === 'waiting' && this.state.signIn.id === id;
  }

  private ended({ status, server, error }: SignIn, request: NewSignIn): void {
    if (status === 'failed' && error) {
      this.set({ kind: 'failed', request, problem: error });
      return;
    }
    this.set({ kind: 'idle' });
    if (status === 'done' && server) {
      this.done.emit(server.name);
    }
  }

  private fail(request: NewSignIn, error: unknown): void {
    const problem = problemOf(error, this.trans);
    const elsewhere = problem.code === 'sign-in-elsewhere' && hostOf(problem);
    this.set({ kind: elsewhere ? 'elsewhere' : 'failed', request, problem });
  }

  private set(state: SignInState): void {
    this.state = state;
    this.changed.emit();
  }
}

/** The host that the user may allow. */
export function hostOf(problem: IProblem): string {
  return typeof problem.data?.host === 'string' ? problem.data.host : '';
}
