import type { RequestListener } from 'node:http';
import type { Express } from 'express';
import type { Backing } from './backing.ts';
import { StoreUnavailableError, errorMessage } from './errors.ts';
import { createHealth } from './health.ts';
import type { Health } from './health.ts';
import { createApi } from './http/api.ts';
import { createLogger } from './logging.ts';
import type { Logger } from './logging.ts';
import { closeServer, httpServer, listenAt } from './server.ts';

/** Kubernetes kills after 30 s, `make stop` after 10 s. */
const GRACE_MS = 9000;

export interface ServiceConfig {
  HOST: string;
  PORT: number;
  LOG_LEVEL: string;
  TRUSTED_PROXIES: number;
}

type Step = () => Promise<unknown>;

/** What the start of a service works with. */
export interface Service<Config> {
  config: Config;
  log: Logger;
  health: Health;
  /** Names the servers behind the service: it is ready only while each passes its check, and ends when one refuses the first connection. */
  use: (backings: Record<string, Backing>) => void;
  /** Serves the app from now on. `stop` runs when the process is told to stop, one step after another, after the last request. */
  serve: (app: Express, stop: Step[]) => void;
}

/**
 * Runs a service: reads its settings, then listens and minds signals, then starts the rest. Until `start` has called
 * `serve`, probes are answered and every other request is a 503; the service is ready when `start` has resolved. On
 * SIGTERM or SIGINT it stops being ready, stops, and exits with 0; with 1 when that takes more than 9 s or a step fails.
 * What is wrong with a setting, or thrown by `start`, is one line on standard error and exit code 1.
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
    // Node would print the error's own fields, which may be secrets.
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'an error that nothing handles');
      process.exit(1);
    });
    const unavailable = () => {
      throw new StoreUnavailableError('the service is starting');
    };
    let handler: RequestListener = createApi({ log, health, config, middleware: [unavailable] });
    const server = httpServer((req, res) => {
      handler(req, res);
    });
    const steps: Step[] = [() => closeServer(server)];
    stopOnSignal(log, health, steps);
    const port = await listenAt(server, config);
    log.info({ host: config.HOST, port }, 'listening');

    await start({
      ...{ config, log, health },
      use(backings) {
        for (const [store, backing] of Object.entries(backings)) {
          health.checks[store] = () => backing.check();
          backing.whenConnected.catch(fail);
        }
      },
      serve(app, stop) {
        handler = app as RequestListener;
        steps.push(...stop);
      },
    });
    health.starting = false;
  } catch (error) {
    fail(error);
  }
}

/** A second signal changes nothing. */
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
