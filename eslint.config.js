import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import entries from './services.json' with { type: 'json' };

const message = 'Services communicate by events over the bus; none imports another.';
const services = [...Object.keys(entries), 'sandbox'];

/** A service may import its own files, packages and @ticketing/common: never another service. */
const noOtherService = {
  patterns: [
    {
      regex: `@ticketing/(${services.join('|')})`,
      message,
    },
    {
      regex: `(\\.\\./)+(${services.join('|')})/`,
      message,
    },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/.next/', '**/.next-*/', '.ticketing/', '**/*.js', '**/*.mjs', 'client/next-env.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: ['./*/tsconfig.json', './tsconfig.tests.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Mongoose declares schema options as a class, and takes plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: services.map((service) => `${service}/**/*.ts`),
    rules: { 'no-restricted-imports': ['error', noOtherService] },
  },
  {
    files: [...services.map((service) => `${service}/src/**/*.ts`), 'common/src/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['client/**/*.{ts,tsx}'],
    ...reactHooks.configs.flat['recommended-latest'],
  },
);
