/// <reference types="vite/client" />
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCES = import.meta.glob<string>(['../**/*.{ts,tsx}', '!./**'], {
  query: '?raw',
  import: 'default',
  eager: true
});

/** Each module's imports of other modules, type-only ones included; paths relative to `js/`. */
const IMPORTS = new Map(
  Object.entries(SOURCES).map(([path, source]) => {
    const module = path.replace(/^\.\.\//, '').replace(/\.tsx?$/, '');
    return [module, importsOf(module, source)];
  })
);

function importsOf(module: string, source: string): string[] {
  return ts
    .preProcessFile(source)
    .importedFiles.map(each => each.fileName)
    .filter(name => name.startsWith('.') && !name.endsWith('.json'))
    .map(name => new URL(name, `file:///js/${module}`).pathname.replace('/js/', ''));
}

/** The first cycle that can be reached from `module`, null when there is none. */
function cycleFrom(module: string, path: readonly string[], done: Set<string>): string[] | null {
  if (path.includes(module)) {
    return [...path.slice(path.indexOf(module)), module];
  }
  if (done.has(module)) {
    return null;
  }
  for (const imported of IMPORTS.get(module) ?? []) {
    const cycle = cycleFrom(imported, [...path, module], done);
    if (cycle) {
      return cycle;
    }
  }
  done.add(module);
  return null;
}

describe('imports', () => {
  it('have no cycle, type-only imports included', () => {
    const done = new Set<string>();
    const cycles = [...IMPORTS.keys()].map(module => cycleFrom(module, [], done));
    expect(IMPORTS.size).toBeGreaterThan(30);
    expect(cycles.filter(Boolean)).toEqual([]);
  });

  it.each([
    ['model', /^(model\/|api$|tokens$)/],
    ['components', /^(components\/|model\/|api$|tokens$)/]
  ])('of %s/ go down only', (folder, allowed) => {
    const upward = [...IMPORTS]
      .filter(([module]) => module.startsWith(`${folder}/`))
      .flatMap(([module, imports]) => imports.map(each => [module, each]))
      .filter(([, imported]) => !allowed.test(imported));
    expect(upward).toEqual([]);
  });
});
