import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import { describeError } from './failures.ts';
import { collectProcessMetrics, metricsText, metricsType } from './metrics.ts';

/** Readiness checks by dependency: each resolves while the dependency is available, and rejects with the reason otherwise. */
export type Checks = Record<string, () => Promise<unknown>>;

const CHECK_LIMIT_MS = 2000;

export interface Health {
  /** The service is not ready yet, even if all checks pass. */
  starting: boolean;
  /** The service is shutting down and no longer ready. */
  stopping: boolean;
  checks: Checks;
  /** Brings the gauges that are read from a store up to date, before each scrape. */
  readGauges: () => Promise<void>;
  router: Router;
}

/**
 * Creates the routes for probes and metrics: `/health/live` answers 200 while the process runs, `/health/ready` answers 200
 * while every check passes and the service is neither starting nor stopping, `/metrics` is in Prometheus' format.
 */
export function createHealth(checks: Checks = {}): Health {
  collectProcessMetrics();
  const router = Router();
  const health: Health = {
    ...{ starting: false, stopping: false, checks: { ...checks }, router },
    readGauges: () => Promise.resolve(),
  };

  router.get('/health/live', (_req, res) => {
    res.json({ status: 'ok' });
  });

  router.get('/health/ready', async (_req, res) => {
    const results = await Promise.all(
      Object.entries(health.checks).map(async ([name, check]) => [name, await outcome(check)] as const),
    );
    const passed = results.every(([, result]) => result === 'ok');
    const status = health.stopping ? 'stopping' : health.starting ? 'starting' : passed ? 'ok' : 'not-ready';
    if (status !== 'ok') res.status(503).set('Retry-After', '1');
    res.json({ status, checks: Object.fromEntries(results) });
  });

  router.get('/metrics', async (_req, res) => {
    await health.readGauges();
    res.type(metricsType).send(await metricsText());
  });

  return health;
}

async function outcome(check: () => Promise<unknown>): Promise<string> {
  const late = () => Promise.reject(new Error(`no answer within ${CHECK_LIMIT_MS} ms`));
  try {
    await Promise.race([check(), delay(CHECK_LIMIT_MS, undefined, { ref: false }).then(late)]);
    return 'ok';
  } catch (error) {
    return describeError(error);
  }
}
