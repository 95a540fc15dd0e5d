import { requireSameOrigin } from '@ticketing/common';
import express from 'express';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { clockFaults, deliveries, messageFaults, processFaults, providerFaults, repairs } from './faults.ts';
import type { Market } from './market.ts';
import { errorPage, labPage, stylesheet } from './page.ts';
import type { Outcome } from './page.ts';

const MAX_OUTCOMES = 20;
const faults = [...providerFaults, ...clockFaults, ...repairs];

/** The lab as an Express app: one page, and a POST for each button of it, after which the browser is sent back to the page. */
export function createLab(market: Market, now: () => Date): Express {
  const outcomes: Outcome[] = [];
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(requireLoopbackName, requireSameOrigin, express.urlencoded({ extended: false, limit: '1kb' }), setHeaders);

  app.get('/', async (_req, res) => {
    const [processes, inForce] = await Promise.all([market.processes(), market.inForce()]);
    res.type('html').send(labPage({ url: market.url(), processes, deliveries: deliveries(), inForce, outcomes }));
  });
  app.get('/style.css', (_req, res) => {
    res.type('css').send(stylesheet);
  });

  app.post('/processes/:name/:fault', async (req, res, next) => {
    const { name } = req.params;
    const fault = processFaults.find(({ id }) => id === req.params.fault);
    if (!fault) {
      next();
      return;
    }
    await perform(`${fault.button} ${name}`, () => fault.act(market, name));
    res.redirect(303, '/');
  });
  app.post('/messages', async (req, res, next) => {
    const body = (req.body ?? {}) as { fault?: unknown; delivery?: unknown };
    const fault = messageFaults.find(({ id }) => id === body.fault);
    const delivery = deliveries().find(({ service, event }) => `${service} ${event}` === body.delivery);
    if (!fault || !delivery) {
      next();
      return;
    }
    const { service, event } = delivery;
    await perform(`${fault.button}: ${event} to ${service}`, async () => {
      await market.armBusFault(service, event, fault.id);
      return `the next ${event} that ${service} receives is ${fault.done}`;
    });
    res.redirect(303, '/');
  });
  app.post('/faults/:fault', async (req, res, next) => {
    const fault = faults.find(({ id }) => id === req.params.fault);
    if (!fault) {
      next();
      return;
    }
    await perform(fault.button, () => fault.act(market));
    res.redirect(303, '/');
  });

  app.use((_req, res) => {
    res.status(404).type('html').send(errorPage('The lab has no such page or fault.'));
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const { status, message } = error as { status?: number; message?: string };
    res
      .status(status ?? 503)
      .type('html')
      .send(errorPage(message ?? String(error)));
  });
  return app;

  /** Keeps what came of an action, also of one that failed. */
  async function perform(what: string, act: () => Promise<string>): Promise<void> {
    const outcome = await Promise.resolve()
      .then(act)
      .then(
        (text) => ({ text, isFailure: false }),
        (error: unknown) => ({ text: `${what}: ${(error as Error).message}`, isFailure: true }),
      );
    outcomes.unshift({ at: now().toISOString(), ...outcome });
    outcomes.length = Math.min(outcomes.length, MAX_OUTCOMES);
  }
}

/** Refuses a name of another site that was pointed at this machine (DNS rebinding): its pages would be of the same origin. */
const requireLoopbackName: RequestHandler = (req, res, next) => {
  if (/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(req.get('host') ?? '')) next();
  else res.status(403).type('html').send(errorPage('The lab is reached as 127.0.0.1 or localhost only.'));
};

const setHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};
