const inCluster = Boolean(process.env.CLUSTER_URL);

/**
 * The whole stack, over HTTP through the router, on real servers. `tsc -b` first: the services run from dist. With CLUSTER_URL it is
 * the one in a cluster: faults are tested there in the cluster's way.
 */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/e2e/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024' }, module: { type: 'es6' } }] },
  testEnvironment: '<rootDir>/e2e/support/environment.js',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testPathIgnorePatterns: inCluster ? ['e2e/faults', 'e2e/edge/'] : ['e2e/cluster/'],
  modulePathIgnorePatterns: ['/dist/', '/.next/', '/.ticketing/'],
  // Each file starts a stack of its own: one after another.
  maxWorkers: 1,
  testTimeout: 180_000,
};
