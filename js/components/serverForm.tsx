import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { PublisherModel } from '../model/publisher';
import {
  hasChanges,
  type IServerFields,
  type ServerField,
  type ServerForm
} from '../model/servers';
import { CheckBox, Disclosure, Field, ExternalLink, TextButton } from './controls';
import { SignInView } from './signInView';

const EXAMPLE_ADDRESS = 'https://connect.example.com';
const EXAMPLE_PEM = '-----BEGIN CERTIFICATE-----';

type OpenForm = ServerForm & { kind: 'open' };

/** Adding a server, or changing one: two fields, checked live, errors beside the field. */
export function ServerFormView({ publisher }: { publisher: PublisherModel }): JSX.Element | null {
  const { servers, trans } = publisher;
  const { form } = servers;
  const first = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => first.current?.focus(), []);
  if (form.kind !== 'open') {
    return null;
  }
  const { fields, editing } = form;
  const list = servers.list.kind === 'ready' ? servers.list.value : null;
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void servers.submit();
  };
  const isFixed = editing !== null && !editing.editable;
  return (
    <form
      className="jp-rsc-form jp-rsc-server-form"
      onSubmit={submit}
      onKeyDown={event => {
        if (event.key === 'Escape' && servers.known.length) {
          event.stopPropagation();
          servers.closeForm();
        }
      }}
      autoComplete="off"
    >
      <h2 className="jp-rsc-title">
        {editing ? trans.__('Edit “%1”', editing.name) : trans.__('Add a server')}
      </h2>
      <Field
        id="jp-rsc-address"
        label={trans.__('Address')}
        {...problemAt(form, 'address')}
        hint={addressHint(publisher, form)}
      >
        <input
          ref={isFixed ? undefined : first}
          id="jp-rsc-address"
          className="jp-rsc-input"
          type="text"
          inputMode="url"
          spellCheck={false}
          autoComplete="off"
          placeholder={EXAMPLE_ADDRESS}
          aria-describedby="jp-rsc-address-hint"
          aria-invalid={isAt(form, 'address')}
          disabled={isFixed}
          value={fields.address}
          onChange={event => servers.setFields({ address: event.target.value })}
          onBlur={() => void servers.checkAddress()}
        />
      </Field>
      {form.way === 'key' && (
        <KeyField publisher={publisher} form={form} input={isFixed ? first : undefined} />
      )}
      {!isFixed && (
        <ConnectionSection publisher={publisher} form={form} allow={list?.allow_insecure ?? true} />
      )}
      <FormProblem form={form} />
      {servers.signIn.state.kind !== 'failed' && <SignInView publisher={publisher} />}
      <FormButtons publisher={publisher} form={form} />
      <p className="jp-rsc-note">{whereKept(form, list?.key_place === 'keyring', trans)}</p>
      {!editing && list?.sandbox.allowed && <SandboxOffer publisher={publisher} form={form} />}
    </form>
  );
}

function KeyField(props: {
  readonly publisher: PublisherModel;
  readonly form: OpenForm;
  readonly input?: React.Ref<HTMLInputElement>;
}): JSX.Element {
  const { publisher, form, input } = props;
  const { servers, trans } = publisher;
  const { fields, editing, found } = form;
  const page = found?.keys_url ?? editing?.keys_url;
  return (
    <Field
      id="jp-rsc-key"
      label={trans.__('API key')}
      {...problemAt(form, 'api_key')}
      hint={page && <ExternalLink href={page}>{trans.__('Create an API key')}</ExternalLink>}
    >
      <input
        ref={input}
        id="jp-rsc-key"
        className="jp-rsc-input"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder={editing?.has_key ? trans.__('Leave empty to keep the current key') : undefined}
        aria-describedby="jp-rsc-key-hint"
        aria-invalid={isAt(form, 'api_key')}
        value={fields.apiKey}
        onChange={event => servers.setFields({ apiKey: event.target.value })}
      />
    </Field>
  );
}

/** Sign in or keep the key, and the other way of the two. */
function FormButtons(props: {
  readonly publisher: PublisherModel;
  readonly form: OpenForm;
}): JSX.Element {
  const { publisher, form } = props;
  const { servers, trans } = publisher;
  const { busy, editing, way } = form;
  const waits = servers.signIn.busy;
  return (
    <>
      <div className="jp-rsc-buttons">
        <button
          type="submit"
          className="jp-rsc-button jp-mod-primary"
          disabled={busy === 'saving' || waits}
        >
          {busy === 'saving' ? trans.__('Checking…') : submitLabel(form, trans)}
        </button>
        {servers.known.length > 0 && (
          <button type="button" className="jp-rsc-button" onClick={() => servers.closeForm()}>
            {trans.__('Back')}
          </button>
        )}
        {editing?.has_key && editing.removable && editing.origin !== 'sandbox' && (
          <button
            type="button"
            className="jp-rsc-button"
            onClick={() => void servers.signOut(editing)}
          >
            {trans.__('Sign out')}
          </button>
        )}
      </div>
      <div className="jp-rsc-links">
        <TextButton onClick={() => servers.setWay(way === 'key' ? 'sign-in' : 'key')}>
          {way === 'key'
            ? trans.__('Sign in with the browser instead')
            : trans.__('Use an API key instead')}
        </TextButton>
      </div>
    </>
  );
}

function submitLabel(form: OpenForm, trans: TranslationBundle): string {
  if (form.way === 'sign-in') {
    return hasChanges(form) ? trans.__('Save server') : trans.__('Sign in');
  }
  return form.editing ? trans.__('Save server') : trans.__('Add server');
}

function whereKept(form: OpenForm, keyring: boolean, trans: TranslationBundle): string {
  if (form.way === 'sign-in') {
    return keyring
      ? trans.__('The sign-in is stored in the system keyring, not in a notebook.')
      : trans.__('The sign-in is stored in a file only you can read, not in a notebook.');
  }
  return keyring
    ? trans.__('The key is stored in the system keyring, not in a notebook.')
    : trans.__('The key is stored in a file only you can read, not in a notebook.');
}

function ConnectionSection(props: {
  readonly publisher: PublisherModel;
  readonly form: OpenForm;
  readonly allow: boolean;
}): JSX.Element {
  const { publisher, form, allow } = props;
  const { servers, trans } = publisher;
  const { fields } = form;
  const [open, setOpen] = React.useState(false);
  const refused = form.problem?.code === 'certificate-refused';
  const type = (part: Partial<IServerFields>): void => servers.setFields(part);
  return (
    <Disclosure
      title={trans.__('Connection')}
      summary={trans.__('name, certificate')}
      open={open || refused || isAt(form, 'certificate') || isAt(form, 'name')}
      onToggle={setOpen}
    >
      <Field id="jp-rsc-name" label={trans.__('Name')} {...problemAt(form, 'name')}>
        <input
          id="jp-rsc-name"
          className="jp-rsc-input"
          type="text"
          autoComplete="off"
          placeholder={form.found?.name}
          value={fields.name}
          onChange={event => type({ name: event.target.value })}
        />
      </Field>
      <Field
        id="jp-rsc-certificate"
        label={trans.__('Certificate')}
        {...problemAt(form, 'certificate')}
        hint={trans.__('CA certificate of the server, as PEM text.')}
      >
        <textarea
          id="jp-rsc-certificate"
          className="jp-rsc-input"
          rows={3}
          spellCheck={false}
          placeholder={EXAMPLE_PEM}
          aria-describedby="jp-rsc-certificate-hint"
          value={fields.certificate}
          onChange={event => type({ certificate: event.target.value })}
          onBlur={() => fields.certificate.trim() && void servers.checkAddress()}
        />
      </Field>
      {allow && (
        <CheckBox
          checked={fields.insecure}
          onChange={insecure => {
            type({ insecure });
            void servers.checkAddress();
          }}
        >
          {trans.__('Skip certificate verification (insecure)')}
        </CheckBox>
      )}
    </Disclosure>
  );
}

function SandboxOffer({
  publisher,
  form
}: {
  publisher: PublisherModel;
  form: OpenForm;
}): JSX.Element {
  const { servers, trans } = publisher;
  const starting = form.busy === 'sandbox';
  return (
    <div className="jp-rsc-offer">
      <div>{trans.__('No server? Try publishing on this machine:')}</div>
      <button
        type="button"
        className="jp-rsc-button"
        disabled={starting}
        onClick={() => void servers.startSandbox()}
      >
        {starting ? trans.__('Starting…') : trans.__('Start the sandbox')}
      </button>
    </div>
  );
}

function FormProblem({ form }: { form: OpenForm }): JSX.Element | null {
  const { problem } = form;
  if (!problem || form.problemAt !== 'form') {
    return null;
  }
  return (
    <div className="jp-rsc-form-problem" role="alert">
      <div className="jp-rsc-problem">{problem.message}</div>
      {problem.hint && <div className="jp-rsc-note">{problem.hint}</div>}
    </div>
  );
}

function isAt(form: OpenForm, field: ServerField): boolean {
  return form.problem !== null && form.problemAt === field;
}

/** The problem and the advice to show at a field. */
function problemAt(
  form: OpenForm,
  field: ServerField
): { readonly problem: string | null; readonly advice: string | null } {
  const problem = isAt(form, field) ? form.problem : null;
  return { problem: problem?.message ?? null, advice: problem?.hint ?? null };
}

function addressHint({ trans }: PublisherModel, { busy, found, fields }: OpenForm): string {
  if (busy === 'address') {
    return trans.__('Checking…');
  }
  if (found) {
    const version = found.version ? trans.__('Posit Connect %1', found.version) : 'Posit Connect';
    const known = found.known ? trans.__('already added as “%1”', found.known) : '';
    return [found.url === fields.address.trim() ? '' : found.url, version, known]
      .filter(Boolean)
      .join(' · ');
  }
  return trans.__('Any link to your Posit Connect server works.');
}
