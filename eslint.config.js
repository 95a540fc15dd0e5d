import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import entries from './services.json' with { type: 'json' };

const message = 'Services communicate by events over the bus; none imports another.';
const services = [...Object.keys(entries), 'sandbox'];
/** The shared packages, the lowest layer first. */
const packages = ['runtime', 'common', 'core'];

/** A service may import its own files, packages and the shared packages: never another service. */
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

/** A shared package imports those of the layers below it only, and so do the sandbox, the pages and the router. */
const layers = [
  { files: ['runtime/src/**/*.ts'], above: ['runtime', 'common', 'core'] },
  { files: ['common/src/**/*.ts'], above: ['common', 'core'] },
  { files: ['core/src/**/*.ts'], above: ['core'] },
  { files: ['client/*.ts', 'client/src/**/*.{ts,tsx}', 'infra/local/{router,mail-catcher}/**/*.ts'], above: ['core'] },
].map(({ files, above }) => ({
  files,
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^@ticketing/(${[...above, ...services].join('|')})(/|$)`,
            message: 'A layer imports only those below it: runtime, common, core.',
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/.next/', '**/.next-*/', '.ticketing/', '**/*.js', '**/*.mjs', 'client/next-env.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      // Two programs instead of one for each package: each would read the types of all libraries again.
      parserOptions: {
        project: ['./tsconfig.lint.json', './client/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
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
  ...layers,
  {
    files: [...services, ...packages].map((folder) => `${folder}/src/**/*.ts`),
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
