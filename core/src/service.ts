import type { RequestListener } from 'node:http';
import type { Express, Router } from 'express';
import { createAdminApi } from '@ticketing/common';
import {
  closeServer,
  createHealth,
  createLogger,
  errorMessage,
  gaugeReader,
  httpServer,
  labelMetrics,
  listenAt,
  startTracing,
} from '@ticketing/runtime';
import type { Backing, Health, Logger, StoreGauge, TracingSettings } from '@ticketing/runtime';

/** Less than the 10 s after which `make stop` sends SIGKILL; Kubernetes waits 30 s. */
const GRACE_MS = 9000;

export interface ServiceConfig extends TracingSettings {
  HOST: string;
  PORT: number;
  ADMIN_HOST: string;
  ADMIN_PORT: number;
  LOG_LEVEL: string;
  TRUSTED_PROXIES: number;
}

type Step = () => Promise<unknown>;

/** What runs beside the HTTP server of a service. */
export interface Running {
  /** The steps before the first request, in order. */
  prepare: Step[];
  /** The routes for operators, on the admin port. */
  adminRoutes: Router[];
  gauges: StoreGauge[];
  /** Ends, on shutdown, the responses that would not end by themselves. */
  endStreams?: () => void;
  /** The steps of the shutdown after the last request, in order. */
  stop: Step[];
}

/** What a service gets to start with. */
export interface Service<Config> {
  config: Config;
  log: Logger;
  health: Health;
  /** Registers backing servers: the service is ready only while each passes its check, and exits when one refuses the first connection. */
  use: (backings: Record<string, Backing>) => void;
  /** Serves the app, when the `prepare` steps have run. Throws what they throw. */
  serve: (app: Express, running: Running) => Promise<void>;
}

/**
 * Runs a service: reads its settings, handles signals, then calls `start`. Probes and the routes for operators are served on a
 * port of their own, the admin port, from the beginning. The port for requests opens in `serve`: until this instance can answer, a
 * router in front finds no connection and sends each request, unread, to another one. The service is ready when `start` has
 * resolved. On SIGTERM or SIGINT it stops being ready, runs the stop steps, and exits with 0, or with 1 when a step fails or they take
 * more than 9 s. A bad setting, or an error thrown by `start`, prints one line to standard error and exits with 1.
 */
export async function runService<Config extends ServiceConfig>(
  name: string,
  readConfig: () => Config,
  start: (service: Service<Config>) => Promise<void>,
): Promise<void> {
  const health = createHealth();
  health.starting = true;
  const fail = (error: unknown): void => {
    if (health.stopping) return;
    for (const line of errorMessage(error).split('\n')) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  };
  try {
    const config = readConfig();
    const log = createLogger(name, config.LOG_LEVEL);
    labelMetrics(name);
    const stopTracing = await startTracing(name, config);
    // Node would print all fields of the error, which may hold secrets.
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'uncaught exception; exiting');
      process.exit(1);
    });
    let adminHandler = createAdminApi({ log, health }) as RequestListener;
    const adminServer = httpServer((req, res) => {
      adminHandler(req, res);
    });
    // The admin server stays until the end of the process, so that probes are answered while it stops.
    const steps: Step[] = [];
    stopOnSignal(log, health, steps);
    const adminPort = await listenAt(adminServer, { HOST: config.ADMIN_HOST, PORT: config.ADMIN_PORT });
    log.info({ adminHost: config.ADMIN_HOST, adminPort }, 'starting');

    await start({
      ...{ config, log, health },
      use(backings) {
        for (const [store, backing] of Object.entries(backings)) {
          health.checks[store] = () => backing.check();
          backing.whenConnected.catch(fail);
        }
      },
      async serve(app, { prepare, adminRoutes, gauges, endStreams, stop }) {
        for (const step of prepare) await step();
        health.readGauges = gaugeReader(gauges, log);
        adminHandler = createAdminApi({ log, health, routes: adminRoutes }) as RequestListener;
        const server = httpServer(app as RequestListener);
        if (endStreams) server.once('closing', endStreams);
        steps.push(() => closeServer(server), ...stop, stopTracing);
        log.info({ host: config.HOST, port: await listenAt(server, config) }, 'listening');
      },
    });
    health.starting = false;
  } catch (error) {
    fail(error);
  }
}

/** Stops the service at the first signal; later ones are ignored. */
function stopOnSignal(log: Logger, health: Health, steps: Step[]): void {
  const stop = async (signal: string) => {
    if (health.stopping) return;
    health.stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('stopping took too long');
      process.exit(1);
    }, GRACE_MS);
    try {
      for (const step of steps) await step();
      log.info('stopped');
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}
