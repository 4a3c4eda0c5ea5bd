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
  'vega-embed/build/vega-embed.min.js',
  'mermaid/dist/mermaid.min.js'
];
const icons = join(root, 'node_modules', '@fortawesome', 'fontawesome-free');

mkdirSync(target, { recursive: true });
for (const library of libraries) {
  const code = readFileSync(join(root, 'node_modules', library));
  write(basename(library), library.includes('html-manager') ? withFonts(code.toString()) : code);
}
write('font-awesome.css', iconStyle());

function write(name, content) {
  writeFileSync(join(target, `${name}.gz`), gzipSync(content, { level: 9 }));
}

/** The widget manager with the fonts of its icons, which it would look for beside the page. */
function withFonts(code) {
  const folder = join(root, 'node_modules', '@jupyter-widgets', 'html-manager', 'dist');
  const fonts = {};
  const changed = code.replace(/\b\w\.p\+"(\w{20}\.(?:woff2|woff|ttf|eot|svg))"/g, (_, file) => {
    if (file.endsWith('.woff2')) {
      fonts[file] = `data:font/woff2;base64,${readFileSync(join(folder, file)).toString('base64')}`;
    }
    return file.endsWith('.woff2') ? `notebookIconFonts["${file}"]` : '"data:,"';
  });
  return `var notebookIconFonts=${JSON.stringify(fonts)};\n${changed}`;
}

/** The icons' style with the names of version 4, which ipywidgets uses, and the fonts in it. */
function iconStyle() {
  const style = ['all', 'v4-shims']
    .map(each => readFileSync(join(icons, 'css', `${each}.min.css`), 'utf8'))
    .join('\n');
  return style
    .replace(/src:url\([^;]*?\.eot\);/g, '')
    .replace(/src:url\([^)]*\.eot[^;}]*/g, found => {
      const file = /webfonts\/([\w-]+\.woff2)/.exec(found)[1];
      const font = readFileSync(join(icons, 'webfonts', file)).toString('base64');
      return `src:url(data:font/woff2;base64,${font}) format("woff2")`;
    });
}
