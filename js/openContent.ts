/** The command that fetches published content into a new folder and opens its notebook. */

import { InputDialog } from '@jupyterlab/apputils';

import type { PublisherModel } from './model/publisher';
import { problemOf } from './model/problems';

const GUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** Ask for a link, fetch what it leads to into `folder`, and open it. */
export async function openContent(publisher: PublisherModel, folder: string): Promise<void> {
  const { trans, servers, host, notices } = publisher;
  const asked = await InputDialog.getText({
    title: trans.__('Open Published Content as a Notebook'),
    label: trans.__('Link to the content, or its GUID'),
    okLabel: trans.__('Open'),
    cancelLabel: trans.__('Cancel')
  });
  const link = asked.button.accept ? (asked.value ?? '').trim() : '';
  if (!link) {
    return;
  }
  const guid = GUID.exec(link)?.[0].toLowerCase();
  const server = guid && (serverOf(publisher, link) ?? (await chosenServer(publisher)));
  if (!guid || !server) {
    const message = servers.known.length
      ? trans.__('The text has no GUID of content in it: copy the link from the dashboard.')
      : trans.__('No server is known yet: add one first.');
    notices.show({ kind: 'error', message });
    return;
  }
  try {
    const opened = await publisher.api.openContent({ server, guid, folder });
    await host.open(opened.notebook ?? opened.folder);
    const message = opened.notebook
      ? trans.__('Publishing this notebook updates “%1”.', opened.title)
      : trans.__('“%1” has no notebook in it; its files are in %2.', opened.title, opened.folder);
    notices.show({ kind: 'info', message });
  } catch (error) {
    notices.show({ kind: 'error', message: problemOf(error, trans).message });
  }
}

/** The known server that a link leads to. */
function serverOf({ servers }: PublisherModel, link: string): string | null {
  const known = servers.known.find(each => link.startsWith(`${each.url}/`));
  return known?.name ?? null;
}

/** The only server, or the one that the author chooses. */
async function chosenServer({ servers, trans }: PublisherModel): Promise<string | null> {
  const names = servers.known.map(each => each.name);
  if (names.length < 2) {
    return names[0] ?? null;
  }
  const chosen = await InputDialog.getItem({
    title: trans.__('Server'),
    items: names,
    okLabel: trans.__('Open'),
    cancelLabel: trans.__('Cancel')
  });
  return chosen.button.accept ? chosen.value : null;
}
