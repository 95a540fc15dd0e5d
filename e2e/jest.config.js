const inCluster = Boolean(process.env.CLUSTER_URL);

/**
 * Tests of the whole stack, over HTTP through the router, on real servers. With CLUSTER_URL they run against a cluster, where
 * e2e/cluster replaces e2e/faults and e2e/moving.
 */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/e2e/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', experimental: { keepImportAttributes: true } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: '<rootDir>/e2e/support/environment.js',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testPathIgnorePatterns: inCluster ? ['e2e/faults', 'e2e/moving', 'e2e/api/', 'e2e/edge/'] : ['e2e/cluster/'],
  modulePathIgnorePatterns: ['/dist/', '/.next/', '/.ticketing/'],
  // Each file starts its own stack, and half of its time is waiting: three at a time keep two cores busy.
  maxWorkers: 3,
  testSequencer: '<rootDir>/e2e/support/sequencer.js',
  // Above the longest waits of one test together, so that it fails with what it waited for.
  testTimeout: 480_000,
};
