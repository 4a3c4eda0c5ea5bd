/** Failures of the REST API in the author's words. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { ApiError } from '../api';
import type { IProblem } from './state';

/** Anything that was thrown, as message and hint for the author. */
export function problemOf(error: unknown, trans: TranslationBundle): IProblem {
  if (!(error instanceof ApiError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'failed', message, hint: '' };
  }
  switch (error.kind) {
    case 'problem':
      return error.problem;
    case 'signed-out':
      return {
        ...error.problem,
        message: trans.__('You are signed out of Jupyter.'),
        hint: trans.__('Sign in again in another tab, then try again.')
      };
    case 'not-installed':
      return {
        ...error.problem,
        message: trans.__('The rsconnect-jupyter server extension is not running.'),
        hint: trans.__(
          'Install rsconnect-jupyter where the Jupyter server runs, enable it with “jupyter server extension enable rsconnect_jupyter”, and restart Jupyter.'
        )
      };
    case 'no-answer':
      return error.status
        ? {
            ...error.problem,
            message: trans.__('Jupyter answered with an error (status %1).', error.status),
            hint: trans.__('See the log of the Jupyter server for the reason.')
          }
        : {
            ...error.problem,
            message: trans.__('Jupyter is not responding.'),
            hint: trans.__('Check that Jupyter is running and that you are online, then try again.')
          };
  }
}

/** The problem of two halves from different releases, null when they fit: major and minor must agree. */
export function versionProblem(
  server: string,
  front: string,
  trans: TranslationBundle
): IProblem | null {
  const [series, own] = [server, front].map(version => version.split('.').slice(0, 2).join('.'));
  if (series === own) {
    return null;
  }
  return {
    code: 'version-mismatch',
    message: trans.__(
      'The panel is version %1, but the rsconnect-jupyter server extension is version %2.',
      front,
      server
    ),
    hint: trans.__(
      'Reload the page. If the message comes back, reinstall rsconnect-jupyter and restart Jupyter.'
    )
  };
}

/** Whether signing in again is what helps. */
export function isSignedOut(code: string): boolean {
  return ['session-expired', 'sign-in-failed', 'no-api-key', 'bad-api-key'].includes(code);
}
