import manifest from '../package.json';

/** This front end's version; the server part's must agree with it. */
export const VERSION: string = manifest.version;
