// Writes licenses/*.txt: the licences of everything in the wheel that is not ours, what the libraries embed included.
//
// Run after `npm install`. The libraries of a page are copied whole from their packages, which were built from other
// packages: a package's dependencies, all the way down, are at least what is in it. Plotly's own build has none, so its
// list is made from an installation of plotly.js in another folder: `node js/third-party-licenses.mjs <folder>`.
// With `--check` nothing is written; it fails when the file is not what it would write.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const IN_PAGES = [
  'mathjax',
  '@jupyter-widgets/html-manager',
  'requirejs',
  'plotly.js-dist-min',
  'vega',
  'vega-lite',
  'vega-embed',
  'mermaid',
  '@fortawesome/fontawesome-free'
];
const IN_FRONT_END = ['css-loader', 'style-loader'];
const LICENSE_FILE = /^(licen[cs]e|copying|notice|ofl)([-._].*)?$/i;

const read = path => JSON.parse(readFileSync(path, 'utf8'));

/** The folder that a package finds another one in, as Node does. */
function folderOf(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) {
      return folder;
    }
    if (at === dirname(at)) {
      return null;
    }
  }
}

/** The folders of packages and of all that they depend on. */
function closure(names, base) {
  const found = new Set();
  const waiting = names.map(name => folderOf(name, base));
  while (waiting.length) {
    const folder = waiting.pop();
    if (folder && !found.has(folder) && !folder.includes('@types')) {
      found.add(folder);
      const {
        dependencies = {},
        optionalDependencies = {},
        peerDependencies = {}
      } = read(join(folder, 'package.json'));
      const more = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
      waiting.push(...more.map(name => folderOf(name, folder)));
    }
  }
  return [...found];
}

function described(folder) {
  const { name, version, license, licenses, author } = read(join(folder, 'package.json'));
  const stated = license ?? (licenses ?? []).map(each => each.type ?? each).join(' OR ');
  const files = readdirSync(folder)
    .filter(each => LICENSE_FILE.test(each))
    .sort();
  const dist = join(folder, 'dist');
  const built = existsSync(dist)
    ? readdirSync(dist).filter(each => /LICENSE\.txt$/.test(each))
    : [];
  const texts = [...files, ...built.map(each => join('dist', each))].map(each =>
    textOf(folder, each)
  );
  if (!texts.length) {
    const readme = readdirSync(folder).find(each => /^readme/i.test(each));
    texts.push(...((readme && textOf(folder, readme).match(/^#+ *licen[cs]e[\s\S]*/im)) ?? []));
  }
  const by = typeof author === 'object' ? author.name : author;
  return {
    title: `${name} ${version}: ${stated?.type ?? stated}`,
    text: texts.join('\n\n') || `Its package has no licence text. Author: ${by ?? 'not stated'}.`
  };
}

function textOf(folder, name) {
  return readFileSync(join(folder, name), 'utf8').replace(/\r/g, '').trim();
}

/** One text for packages with the same licence text; the packages in order. */
function document(folders) {
  const byText = new Map();
  for (const { title, text } of folders
    .map(described)
    .sort((a, b) => (a.title < b.title ? -1 : 1))) {
    byText.set(text, new Set([...(byText.get(text) ?? []), title]));
  }
  return [...byText]
    .map(([text, titles]) => `${[...titles].join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

const [other] = process.argv.slice(2).filter(each => each !== '--check');
const [name, names, base] = other
  ? ['plotly', ['plotly.js'], other]
  : ['THIRD_PARTY', [...IN_PAGES, ...IN_FRONT_END], root];
const target = join(root, 'licenses', `${name}.txt`);
const content = document(closure(names, base));
if (!process.argv.includes('--check')) {
  writeFileSync(target, content);
} else if (content !== readFileSync(target, 'utf8')) {
  throw new Error('licenses/THIRD_PARTY.txt is out of date: run `npm run build:licenses`.');
}
