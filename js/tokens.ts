/**
 * Names that the parts of the front end share, and that tests and other extensions may rely on.
 *
 * Accessible names in the panel (English; every one goes through the translator):
 *
 *   toolbar   button  "Publish to Posit Connect"  (data-state: idle | publishing | done | failed | checking)
 *   panel     region  "Publish to Posit Connect"
 *   header    button  "More actions"  -> menu items "Refresh", "Write manifest.json", "Settings", "Help"
 *   form      combobox "Server"; buttons "Add server", "Edit server", "Remove server"
 *             combobox "Publish to" (listbox "Publish to", options by title); textbox "Title"
 *             radiogroup "Publish as": radios "Source code", "Interactive app", "Finished document", "Quarto document"
 *             (button "More ways to publish" shows the last); checkbox "Run the notebook first"
 *             disclosure buttons "Hide code", "Files", "Python", "Checks"
 *             radiogroup "Hide code": "Show all code", "Hide all code", "Hide the cells I tagged"
 *             tree of check boxes named by path, in group "Files"; checkbox "Propose files"
 *             combobox "Requirements from"; buttons "Go to cell", and the label of each fix
 *   footer    button "Publish" (also "Publish again", "Show what to fix", "Cancel")
 *   progress  progressbar "Publishing"; log "Log" in the disclosure button "Log"
 *             searchbox "Search the log"; buttons "Copy log", "Save log"
 *   result    links "Open content", "Open in dashboard", "Open logs"; button "Copy link"
 *   failure   alert; buttons "Try again", "Go to cell", "Show log", "Edit server"
 *   no server textboxes "Address", "API key", "Name", "Certificate"; checkbox "Skip certificate checks";
 *             link "Get a key"; buttons "Add server", "Save server", "Start the sandbox", "Back"
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
  toggleHideCode: 'rsconnect-jupyter:toggle-hide-code'
} as const;

/** Where the work on one notebook stands, for toolbars and status bars. */
export type PublishingState = 'idle' | 'checking' | 'publishing' | 'done' | 'failed';

/** What other extensions may ask of this one. */
export interface IPublisher {
  /** Emitted when anything about any notebook changed. */
  readonly changed: ISignal<unknown, void>;
  /** Where the work on the notebook at `path` stands. */
  state(path: string): PublishingState;
}

export const IPublisher = new Token<IPublisher>(
  'rsconnect-jupyter:IPublisher',
  'Tells where publishing to Posit Connect stands, notebook by notebook.'
);
