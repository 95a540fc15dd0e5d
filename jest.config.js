/** The services' own tests. The whole stack is tested by jest.e2e.config.js. */
export default {
  // Tests wait more than they work, on stores and on the clock: two files at a time, also on two cores.
  maxWorkers: 2,
  testMatch: [
    '<rootDir>/{common,auth,tickets,orders,payments,expiration,sandbox,client,scripts,infra,docs,proof,bench}/**/*.test.ts',
  ],
  globalSetup: './common/test/global-setup.ts',
  globalTeardown: './common/test/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024' }, module: { type: 'es6' } }] },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  // As the client's tsconfig.json has it.
  moduleNameMapper: { '^@/(.*)$': '<rootDir>/client/src/$1' },
  modulePathIgnorePatterns: ['/dist/', '/.next/', '/.ticketing/'],
  testTimeout: 20_000,
};
