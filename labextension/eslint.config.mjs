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
  }
);
