import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    // A busy machine may take long; a test that fails may try once more, and is then shown as flaky.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 1,
    setupFiles: ['js/__tests__/setup.ts'],
    include: ['js/**/*.spec.{ts,tsx}'],
    coverage: {
      provider: 'v8',
      include: ['js/**/*.{ts,tsx}'],
      exclude: ['js/__tests__/**', 'js/wire.ts'],
      reporter: ['text-summary'],
      reportsDirectory: '.make/coverage-js',
      thresholds: { statements: 98, branches: 92, functions: 98, lines: 98 }
    },
    server: { deps: { inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//] } }
  }
});
