/**
 * Names that the parts of the front end share, and that tests and other extensions may rely on.
 *
 * Accessible names (English; every one goes through the translator). Names of links end in a decorative arrow that is
 * not read out.
 *
 *   toolbar   button "Publish to Posit Connect", inside `.jp-rsc-toolbar-button[data-state=idle|publishing|done|failed]`
 *   panel     region "Publish to Posit Connect"
 *   header    heading with the notebook's file name; button "More actions" -> menu with menuitems "Refresh",
 *             "Write manifest.json", "Settings", "Help", "Delete clear-text keys of version 1"
 *   form      combobox "Server"; buttons "Edit server", "Remove server", "Add server"
 *             combobox "Publish to" with listbox "Publish to", whose options begin with the content's title
 *             ("New content" first); buttons under it: "Update it"
 *             textbox "Title"; button under it: "Publish as new content"
 *             radiogroup "Publish as": radios "Source code", "Interactive app", "Finished document" and, after button
 *             "Other formats", "Quarto document"; checkbox "Run the notebook first" (finished documents only)
 *   sections  disclosure buttons "Hide code", "Files", "Python", "Checks", "Log"
 *             Hide code: radiogroup "Hide code" with "Show all code", "Show code on request", "Hide all code", "Hide code of tagged cells"
 *             Files: group "Files", a check box per file (its name) and folder (its name and "/"), buttons
 *             "Folder <path>"; checkbox "Add files that the notebook uses"
 *             Python: combobox "Requirements", list "requirements.txt"
 *             Checks: buttons "Go to cell", "Open file", and the fixes: "Add <path>", "Leave <path> out", "Save",
 *             "Run all cells", "Publish as new content"; others as the server part calls them
 *   footer    button "Publish" ("Show what to fix" when a check stops it); button "Rehearse" ("Preview" for a finished
 *             document); button "Cancel" while it runs
 *   progress  progressbar "Publishing"; status with the step's name ("Checking", "Bundling", "Uploading",
 *             "Deploying", "Verifying"); log "Log"; buttons "Search the log", "Copy log", "Save log",
 *             "Scroll to the end"; searchbox "Search the log"
 *   result    status "Published"; links "Open content", "Open in dashboard"; button "Copy link"; text "Unpublished changes"
 *   rehearsal progressbar "Rehearsing"; alert or status with buttons "<fix> and rehearse again",
 *             "Fix all and rehearse again", "Go to cell", "Preview", "Show log", "Dismiss"
 *   preview   region "Preview of <file>" with comboboxes "Width" and "Appearance", button "Compare with published"
 *   failure   alert (status after Cancel); buttons "<fix> and try again", "Overwrite", "Try again", "Go to cell",
 *             "Show log", "Edit server", "Dismiss"; links "Open logs", "Help on this error"
 *   no server heading "Add a server" ("Edit “<name>”"); textboxes "Address", "API key",
 *             and in disclosure "Connection" "Name", "Certificate", checkbox "Skip certificate verification (insecure)";
 *             link "Create an API key"; buttons "Add server", "Save server", "Back", "Start the sandbox"
 *   errors    alert with button "Try again" (server part missing, notebook unreadable)
 *   cells     cell toolbar and context menu "Hide Code from Readers"; status bar button "Publishing: <step>, <n> %"
 */

import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

/** The plugin's id; its settings are in `schema/plugin.json`. */
export const PLUGIN_ID = 'rsconnect-jupyter:plugin';

/** Id of the panel's widget in the right area. */
export const PANEL_ID = 'rsconnect-jupyter-panel';

/** The domain of our texts for `ITranslator`. */
export const TEXT_DOMAIN = 'rsconnect_jupyter';

/** Name of the toolbar item in `schema/plugin.json`. */
export const TOOLBAR_ITEM = 'rsconnect-publish';

/** Cells with this tag lose their code on the readers' page. */
export const HIDE_TAG = 'hide_input';

/** Commands of the palette category "Posit Connect". */
export const CommandIDs = {
  publish: 'rsconnect-jupyter:publish',
  republish: 'rsconnect-jupyter:republish',
  openPanel: 'rsconnect-jupyter:open-panel',
  addServer: 'rsconnect-jupyter:add-server',
  writeManifest: 'rsconnect-jupyter:write-manifest',
  openContent: 'rsconnect-jupyter:open-content',
  openAsNotebook: 'rsconnect-jupyter:open-as-notebook',
  compare: 'rsconnect-jupyter:compare',
  rehearse: 'rsconnect-jupyter:rehearse',
  preview: 'rsconnect-jupyter:preview',
  toggleHideCode: 'rsconnect-jupyter:toggle-hide-code'
} as const;

/** The publishing state of one notebook, for toolbars and status bars. */
export type PublishingState = 'idle' | 'publishing' | 'done' | 'failed';

/** What other extensions may ask of this one. */
export interface IPublisher {
  /** Emitted when anything about any notebook changed. */
  readonly changed: ISignal<unknown, void>;
  /** The publishing state of the notebook at `path`. */
  state(path: string): PublishingState;
}

export const IPublisher = new Token<IPublisher>(
  'rsconnect-jupyter:IPublisher',
  'Reports the publishing state of each notebook.'
);
