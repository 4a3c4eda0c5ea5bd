import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib', 'node_modules', 'rsconnect_jupyter', '.venv', '**/*.js', 'js/wire.ts'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  { plugins: { jupyter } },
  jupyter.configs.recommended,
  {
    files: ['js/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    languageOptions: { parserOptions: { project: 'tsconfig.eslint.json' } },
    rules: {
      ...hooks.configs.recommended.rules,
      curly: 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }]
    }
  },
  {
    // The toolbar's button and the panel are there from the start: loading them later would save nothing.
    files: ['js/index.ts'],
    rules: { 'jupyter/prefer-lazy-imports': 'off' }
  },
  {
    // What tests type and compare is not for people to read.
    files: ['js/__tests__/**'],
    rules: { 'jupyter/no-untranslated-string': 'off', 'jupyter/command-described-by': 'off' }
  }
);
