/**
 * Prints the texts of the front end as JSON: [{file, ids: [text, plural?], context?}], read from TypeScript's syntax
 * trees. A text that people see and that is not passed to `trans` is an error.
 */

import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Method of a TranslationBundle -> what its first arguments are. */
const METHODS = {
  __: ['id'],
  gettext: ['id'],
  _n: ['id', 'id'],
  ngettext: ['id', 'id'],
  _p: ['context', 'id'],
  pgettext: ['context', 'id'],
  _np: ['context', 'id', 'id'],
  npgettext: ['context', 'id', 'id']
};

/** Attributes and properties whose text people see or hear. */
const SEEN =
  /^(title|aria-label|aria-description|placeholder|alt|label|caption|message|hint|body|accept|(ok|cancel)Label)$/;

const texts = [];
const wrong = [];

const files = readdirSync('js', { recursive: true }).map(name =>
  `js/${name}`.replaceAll('\\', '/')
);
for (const path of files.sort()) {
  if (!/\.tsx?$/.test(path) || path.includes('__tests__')) {
    continue;
  }
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true
  );
  visit(source, source);
}
if (wrong.length) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(JSON.stringify(texts));

function visit(node, source) {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const of = node.expression.expression.getText(source).replace(/^.*\./, '');
    const parts = of === 'trans' ? METHODS[node.expression.name.text] : undefined;
    if (parts) {
      take(node, parts, source);
    }
  }
  const isAttribute = ts.isJsxAttribute(node) || ts.isPropertyAssignment(node);
  const isSeen = isAttribute && SEEN.test(node.name.getText(source).replace(/^'|'$/g, ''));
  const value = ts.isJsxText(node) ? node : isSeen && node.initializer;
  if (
    value &&
    (ts.isJsxText(value) || ts.isStringLiteralLike(value)) &&
    /\p{L}{2}/u.test(value.text)
  ) {
    complain(value, source, 'the text is not translated');
  }
  ts.forEachChild(node, child => visit(child, source));
}

function complain(node, source, what) {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  wrong.push(`${source.fileName}:${line + 1}: ${what}`);
}

function take(call, parts, source) {
  const given = call.arguments.slice(0, parts.length);
  const values = given.map(constantOf);
  if (given.length < parts.length || values.includes(null)) {
    complain(call, source, 'the text to translate is no literal');
    return;
  }
  const ids = values.filter((_, index) => parts[index] === 'id');
  const context = values.find((_, index) => parts[index] === 'context');
  texts.push({ file: source.fileName, ids, ...(context === undefined ? {} : { context }) });
}

/** The value of a literal or of literals that are added; null for anything else. */
function constantOf(node) {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  if (ts.isParenthesizedExpression(node)) {
    return constantOf(node.expression);
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [constantOf(node.left), constantOf(node.right)];
    return left === null || right === null ? null : left + right;
  }
  return null;
}
