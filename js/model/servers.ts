/** The known servers, and the form that adds or changes one. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import {
  ApiError,
  type FoundServer,
  type IApi,
  type NewServer,
  type NewSignIn,
  type ServerInfo,
  type ServerList
} from '../api';
import type { IHost } from './host';
import type { Notices } from './notices';
import { problemOf } from './problems';
import { SignInModel } from './signIn';
import type { IProblem, Loaded } from './state';

/** What is typed into the form. The key lives here only until it was sent. */
export interface IServerFields {
  readonly address: string;
  readonly apiKey: string;
  readonly name: string;
  readonly insecure: boolean;
  readonly certificate: string;
}

/** The field that a problem is shown at. */
export type ServerField = 'address' | 'api_key' | 'name' | 'certificate' | 'form';

export type ServerForm =
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'open';
      /** The server being changed, null for a new one. */
      readonly editing: ServerInfo | null;
      readonly fields: IServerFields;
      /** Whether the user signs in on the server's page, or enters an API key. */
      readonly way: 'sign-in' | 'key';
      readonly busy: 'no' | 'address' | 'saving' | 'sandbox';
      readonly found: FoundServer | null;
      readonly problem: IProblem | null;
      readonly problemAt: ServerField;
    };

const EMPTY: IServerFields = {
  address: '',
  apiKey: '',
  name: '',
  insecure: false,
  certificate: ''
};

const FIELDS: Readonly<Record<string, ServerField>> = {
  address: 'address',
  url: 'address',
  api_key: 'api_key',
  name: 'name',
  ca_data: 'certificate',
  insecure: 'certificate'
};

export class ServersModel {
  constructor(
    private readonly api: IApi,
    private readonly host: IHost,
    private readonly notices: Notices,
    private readonly trans: TranslationBundle
  ) {
    this.signIn = new SignInModel(api, host, trans);
    this.signIn.changed.connect(this.signInChanged, this);
    this.signIn.done.connect(this.signedIn, this);
  }

  readonly signIn: SignInModel;
  list: Loaded<ServerList> = { kind: 'loading' };
  form: ServerForm = { kind: 'closed' };

  readonly changed = new Signal<this, void>(this);
  /** Emitted with the name of the server that was added or changed, or with null after one was removed. */
  readonly edited = new Signal<this, string | null>(this);

  /** The known servers; empty until they are loaded. */
  get known(): readonly ServerInfo[] {
    return this.list.kind === 'ready' ? this.list.value.servers : [];
  }

  /** The address that opens a server's page; the sandbox's opens signed in. */
  pageLink(server: string | null, url: string): string {
    const sandbox = this.known.some(each => each.name === server && each.origin === 'sandbox');
    return sandbox ? this.api.sandboxPage(url) : url;
  }

  /** False until the list is there, and where the administrator chooses the servers. */
  get canAdd(): boolean {
    return this.list.kind === 'ready' && !this.list.value.locked;
  }

  async refresh(): Promise<void> {
    try {
      this.list = { kind: 'ready', value: await this.api.servers() };
      this.openFirst(this.list.value);
      void this.signIn.resume();
    } catch (error) {
      // What is known is better than nothing while Jupyter is not responding.
      if (this.list.kind !== 'ready') {
        this.list = { kind: 'failed', problem: problemOf(error, this.trans) };
      }
    }
    this.changed.emit();
  }

  openForm(editing: ServerInfo | null = null): void {
    const fields = editing
      ? { ...EMPTY, address: editing.url, name: editing.name, insecure: editing.insecure }
      : EMPTY;
    this.form = {
      kind: 'open',
      editing,
      fields,
      way: editing?.credential === 'api-key' ? 'key' : 'sign-in',
      busy: 'no',
      found: null,
      problem: null,
      problemAt: 'form'
    };
    this.changed.emit();
  }

  closeForm(): void {
    void this.signIn.cancel();
    this.form = { kind: 'closed' };
    this.changed.emit();
  }

  setFields(fields: Partial<IServerFields>): void {
    if (this.form.kind !== 'open') {
      return;
    }
    const at = this.form.problemAt;
    const touched = Object.keys(fields).some(key => FIELDS[apiName(key)] === at);
    this.patch({
      fields: { ...this.form.fields, ...fields },
      ...(touched && { problem: null }),
      ...('address' in fields && { found: null, problem: null })
    });
  }

  /** Change between signing in on the server's page and entering an API key. */
  setWay(way: 'sign-in' | 'key'): void {
    void this.signIn.cancel();
    this.patch({ way, problem: null });
  }

  /** Sign in on the server's page, to the address of the form or to the server that is being changed. */
  async signInWithForm(): Promise<void> {
    const form = this.form;
    if (form.kind === 'open' && this.isComplete(form)) {
      this.afterSignIn = null;
      this.patch({ problem: null });
      const { editing, fields } = form;
      await this.signIn.begin(editing ? { server: editing.name } : newSignIn(fields));
    }
  }

  /** Sign in to a known server once more, then go on with what needed it. */
  async signInAgain(server: ServerInfo, then?: () => void): Promise<void> {
    this.afterSignIn = then ?? null;
    await this.signIn.begin({ server: server.name });
  }

  /** Delete the key or the session of a server, which stays in the list. */
  async signOut(server: ServerInfo): Promise<void> {
    try {
      await this.api.signOut(server.name);
    } catch (error) {
      this.notices.show({ kind: 'error', message: problemOf(error, this.trans).message });
    }
    this.form = { kind: 'closed' };
    await this.refresh();
    this.edited.emit(server.name);
  }

  /** Look behind the address as soon as the author leaves the field. */
  async checkAddress(): Promise<void> {
    const form = this.form;
    const address = form.kind === 'open' ? form.fields.address.trim() : '';
    if (form.kind !== 'open' || form.busy !== 'no' || !/[^\s/:]/.test(withoutScheme(address))) {
      return;
    }
    const same = (): boolean =>
      this.form.kind === 'open' && this.form.fields.address.trim() === address;
    const { insecure, certificate } = form.fields;
    this.patch({ busy: 'address', problem: null });
    try {
      const found = await this.api.checkAddress({
        address,
        insecure,
        ...(certificate.trim() && { ca_data: certificate })
      });
      if (same()) {
        this.patch({ busy: 'no', found });
      }
    } catch (error) {
      if (same()) {
        this.fail(error, 'address');
      }
    }
    if (this.form.kind === 'open' && this.form.busy === 'address') {
      this.patch({ busy: 'no' });
    }
  }

  /** Check the address and the key and keep both; a key that was taken or refused is gone from here. */
  async submit(): Promise<void> {
    const form = this.form;
    if (form.kind !== 'open' || form.busy === 'saving') {
      return;
    }
    if (form.way === 'sign-in' && !hasChanges(form)) {
      await this.signInWithForm();
      return;
    }
    if (!this.isComplete(form)) {
      return;
    }
    const { editing, fields } = form;
    this.patch({ busy: 'saving', problem: null });
    try {
      const server = editing
        ? await this.api.changeServer(editing.name, changesOf(editing, fields))
        : await this.api.addServer(newServer(fields));
      this.form = { kind: 'closed' };
      await this.refresh();
      this.edited.emit(server.name);
    } catch (error) {
      this.failUnlessChanged(error, fields.address);
    }
  }

  /** Show why a server was not kept, unless another address was typed meanwhile. */
  private failUnlessChanged(error: unknown, address: string): void {
    if (this.form.kind === 'open' && this.form.fields.address.trim() !== address.trim()) {
      this.patch({ busy: 'no' });
    } else {
      this.fail(error, 'form');
    }
  }

  async remove(server: ServerInfo): Promise<void> {
    const trans = this.trans;
    const sure = await this.host.confirm({
      title: trans.__('Remove “%1”?', server.name),
      body: trans.__(
        'The address and the API key are deleted from this machine. Published content stays on the server.'
      ),
      accept: trans.__('Remove')
    });
    if (!sure) {
      return;
    }
    try {
      await this.api.removeServer(server.name);
    } catch (error) {
      this.notices.show({ kind: 'error', message: problemOf(error, trans).message });
    }
    this.form = { kind: 'closed' };
    await this.refresh();
    if (!this.known.some(each => each.name === server.name)) {
      this.edited.emit(null);
    }
  }

  /** Start a Connect of one's own on this machine and use it. */
  async startSandbox(): Promise<void> {
    if (this.form.kind !== 'open') {
      this.openForm();
    }
    this.patch({ busy: 'sandbox', problem: null });
    try {
      const server = await this.api.startSandbox();
      this.form = { kind: 'closed' };
      await this.refresh();
      this.edited.emit(server.name);
    } catch (error) {
      this.fail(error, 'form');
    }
  }

  /** Delete the clear-text keys that the 1.x release left behind. */
  async deletePredecessorCopy(): Promise<void> {
    try {
      await this.api.deletePredecessorCopy();
    } catch (error) {
      this.notices.show({ kind: 'error', message: problemOf(error, this.trans).message });
    }
    await this.refresh();
  }

  /** Without a server the form is what to show first; with one it is in the way, unless it was begun. */
  private openFirst({ servers: listed, locked }: ServerList): void {
    const servers = listed.filter(each => !each.problem);
    if (!servers.length && !locked && this.form.kind === 'closed') {
      this.openForm();
      this.firstForm = this.form;
    } else if (servers.length && this.form === this.firstForm) {
      this.form = { kind: 'closed' };
    }
  }

  /** The user is signed in: show the server, and go on with what met the end of the session. */
  private async signedIn(_: SignInModel, name: string): Promise<void> {
    const then = this.afterSignIn;
    this.afterSignIn = null;
    this.form = { kind: 'closed' };
    await this.refresh();
    this.edited.emit(name);
    then?.();
  }

  /** A server without a page to sign in on takes an API key. */
  private signInChanged(): void {
    const { state } = this.signIn;
    if (state.kind === 'failed' && this.form.kind === 'open') {
      const { problem } = state;
      const field = FIELDS[problem.where?.field ?? ''] ?? 'form';
      const way = problem.code === 'sign-in-not-offered' ? 'key' : this.form.way;
      this.patch({ way, problem, problemAt: field === 'api_key' ? 'form' : field });
      return;
    }
    this.changed.emit();
  }

  private afterSignIn: (() => void) | null = null;
  private firstForm: ServerForm | null = null;

  private isComplete(form: ServerForm & { kind: 'open' }): boolean {
    const { address, apiKey } = form.fields;
    const missing = (at: ServerField, message: string): boolean => {
      this.patch({ problem: { code: 'missing', message, hint: '' }, problemAt: at });
      return false;
    };
    if (!withoutScheme(address.trim())) {
      return missing(
        'address',
        this.trans.__('Enter the address of the server. Any link to the server works.')
      );
    }
    if (form.way === 'key' && !apiKey.trim() && !form.editing?.has_key) {
      return missing('api_key', this.trans.__('Enter an API key for your account on this server.'));
    }
    return true;
  }

  private fail(error: unknown, fallback: ServerField): void {
    const problem = problemOf(error, this.trans);
    const field = FIELDS[problem.where?.field ?? ''] ?? guessField(error, problem) ?? fallback;
    const form = this.form;
    if (form.kind === 'open') {
      const fields = field === 'api_key' ? { ...form.fields, apiKey: '' } : form.fields;
      this.patch({ busy: 'no', problem, problemAt: field, fields });
    }
  }

  private patch(part: Partial<ServerForm & { kind: 'open' }>): void {
    if (this.form.kind === 'open') {
      this.form = { ...this.form, ...part };
      this.changed.emit();
    }
  }
}

/** What is left of an address without its scheme. */
function withoutScheme(address: string): string {
  return address.replace(/^https?:\/*/i, '');
}

function apiName(field: string): string {
  return field === 'apiKey' ? 'api_key' : field === 'certificate' ? 'ca_data' : field;
}

function guessField(error: unknown, problem: IProblem): ServerField | null {
  if (!(error instanceof ApiError) || error.kind !== 'problem') {
    return null;
  }
  if (problem.code === 'sign-in-failed') {
    return 'api_key';
  }
  return ['certificate-refused', 'no-answer', 'bad-answer', 'address-not-connect'].includes(
    problem.code
  )
    ? 'address'
    : null;
}

function newServer(fields: IServerFields): NewServer {
  return {
    address: fields.address.trim(),
    api_key: fields.apiKey.trim(),
    insecure: fields.insecure,
    ...(fields.name.trim() && { name: fields.name.trim() }),
    ...(fields.certificate.trim() && { ca_data: fields.certificate })
  };
}

function newSignIn(fields: IServerFields): NewSignIn {
  const { address, name, insecure, certificate } = fields;
  return {
    address: address.trim(),
    insecure,
    ...(name.trim() && { name: name.trim() }),
    ...(certificate.trim() && { ca_data: certificate })
  };
}

/** Whether a known server is to be changed otherwise than by signing in. */
export function hasChanges({ editing, fields }: ServerForm & { kind: 'open' }): boolean {
  return editing !== null && Object.keys(changesOf(editing, fields)).length > 0;
}

function changesOf(server: ServerInfo, fields: IServerFields): Partial<NewServer> {
  const { address, apiKey, name, insecure, certificate } = fields;
  return {
    ...(address.trim() !== server.url && { address: address.trim() }),
    ...(apiKey.trim() && { api_key: apiKey.trim() }),
    ...(name.trim() && name.trim() !== server.name && { name: name.trim() }),
    ...(insecure !== server.insecure && { insecure }),
    ...(certificate.trim() && { ca_data: certificate })
  };
}
