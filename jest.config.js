import services from './services.json' with { type: 'json' };

const packages = ['runtime', 'common', 'core'];
const folders = [
  ...packages,
  ...Object.keys(services),
  'sandbox',
  'client',
  'scripts',
  'infra',
  'docs',
  'proof',
  'bench',
];

/** All tests but those of the whole stack, which e2e/jest.config.js runs. */
export default {
  // Tests mostly wait for stores and timers: two files at a time, also on two cores.
  maxWorkers: 2,
  testMatch: [`<rootDir>/{${folders.join()}}/**/*.test.ts`],
  globalSetup: './core/test/global-setup.ts',
  globalTeardown: './core/test/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', experimental: { keepImportAttributes: true } }, module: { type: 'es6' } },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  // As the client's tsconfig.json has it.
  moduleNameMapper: { '^@/(.*)$': '<rootDir>/client/src/$1' },
  modulePathIgnorePatterns: ['/dist/', '/.next/', '/.ticketing/'],
  // Only a failure reaches it, also on a machine that is busy with other work: tests wait for conditions, and name no limits of their own.
  testTimeout: 300_000,
};
