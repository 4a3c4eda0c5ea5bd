import * as React from 'react';

import type { PublisherModel } from '../model/publisher';
import type { IServerFields, ServerField, ServerForm } from '../model/servers';
import { Disclosure, Field, ExternalLink } from './controls';

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
  const { fields, busy, editing, found } = form;
  const list = servers.list.kind === 'ready' ? servers.list.value : null;
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void servers.submit();
  };
  const isFixed = editing !== null && !editing.editable;
  const page = found?.keys_url ?? editing?.keys_url;
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
      <Field
        id="jp-rsc-key"
        label={trans.__('API key')}
        {...problemAt(form, 'api_key')}
        hint={page && <ExternalLink href={page}>{trans.__('Create an API key')}</ExternalLink>}
      >
        <input
          ref={isFixed ? first : undefined}
          id="jp-rsc-key"
          className="jp-rsc-input"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={
            editing?.has_key ? trans.__('Leave empty to keep the current key') : undefined
          }
          aria-describedby="jp-rsc-key-hint"
          aria-invalid={isAt(form, 'api_key')}
          value={fields.apiKey}
          onChange={event => servers.setFields({ apiKey: event.target.value })}
        />
      </Field>
      {!isFixed && (
        <ConnectionSection publisher={publisher} form={form} allow={list?.allow_insecure ?? true} />
      )}
      <FormProblem form={form} />
      <div className="jp-rsc-buttons">
        <button type="submit" className="jp-rsc-button jp-mod-primary" disabled={busy === 'saving'}>
          {busy === 'saving'
            ? trans.__('Checking…')
            : editing
              ? trans.__('Save server')
              : trans.__('Add server')}
        </button>
        {servers.known.length > 0 && (
          <button type="button" className="jp-rsc-button" onClick={() => servers.closeForm()}>
            {trans.__('Back')}
          </button>
        )}
      </div>
      <p className="jp-rsc-note">
        {list?.key_place === 'keyring'
          ? trans.__('The key is stored in the system keyring, not in a notebook.')
          : trans.__('The key is stored in a file only you can read, not in a notebook.')}
      </p>
      {!editing && list?.sandbox.allowed && <SandboxOffer publisher={publisher} form={form} />}
    </form>
  );
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
        <label className="jp-rsc-check">
          <input
            type="checkbox"
            checked={fields.insecure}
            onChange={event => {
              type({ insecure: event.target.checked });
              void servers.checkAddress();
            }}
          />
          {trans.__('Skip certificate verification (insecure)')}
        </label>
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
