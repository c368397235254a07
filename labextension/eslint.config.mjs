import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib', 'node_modules', 'src/api/schema.ts', '*.config.*', 'style'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  hooks.configs['recommended-latest'],
  {
    languageOptions: { parserOptions: { project: './tsconfig.eslint.json' } },
    rules: {
      curly: 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      // Lab's own style: interfaces begin with an I, types do not.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }]
    }
  },
  {
    // Words go through Lab's translator. Those of the core (states, flags, its sentences) stay as it says them.
    files: ['src/**/*.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          'JSXText[value=/[A-Za-z]{2}/]',
          'JSXAttribute[name.name=/^(label|title|placeholder|aria-label|alt)$/] > Literal[value=/[A-Za-z]{2} [a-z]|^[A-Z][a-z]+$/]',
          'JSXAttribute[name.name=/^(label|title|placeholder|aria-label|alt)$/] TemplateLiteral'
        ].map(selector => ({ selector, message: 'Words go through trans.' }))
      ]
    }
  }
);
