// Copies the libraries that a finished document may carry into the Python package, compressed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'rsconnect_jupyter', 'html', 'templates', 'page', 'libraries');
const libraries = [
  'mathjax/es5/tex-svg-full.js',
  '@jupyter-widgets/html-manager/dist/embed-amd.js',
  'requirejs/require.js',
  'plotly.js-dist-min/plotly.min.js',
  'vega/build/vega.min.js',
  'vega-lite/build/vega-lite.min.js',
  'vega-embed/build/vega-embed.min.js'
];

mkdirSync(target, { recursive: true });
for (const library of libraries) {
  const code = readFileSync(join(root, 'node_modules', library));
  writeFileSync(join(target, `${basename(library)}.gz`), gzipSync(code, { level: 9 }));
}
