/** The whole stack, over HTTP through the router, on real servers. `tsc -b` first: the services run from dist. */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/e2e/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024' }, module: { type: 'es6' } }] },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['/dist/', '/.next/', '/.ticketing/'],
  // Each file starts a stack of its own: one after another.
  maxWorkers: 1,
  testTimeout: 180_000,
};
