/** A service for shutdown.test.ts: it prints `asked` for each request, and answers it after `ANSWER_AFTER_MS`. */
import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import { createApi } from '@ticketing/common';
import { commonSettings, loadConfig } from '@ticketing/runtime';
import { runService } from '../src/index.ts';

const ANSWER_AFTER_MS = 300;
const [lastStep = 'resolves', PORT = '0'] = process.argv.slice(2);
const steps: Record<string, () => Promise<unknown>> = {
  resolves: () => Promise.resolve(),
  rejects: () => Promise.reject(new Error('the store would not close')),
  hangs: () => new Promise(() => undefined),
};

await runService(
  'stopping',
  () => loadConfig(commonSettings, { PORT }),
  ({ config, log, health, serve }) => {
    const router = Router();
    router.get('/', async (_req, res) => {
      process.stdout.write('asked\n');
      await delay(ANSWER_AFTER_MS);
      res.json({ answered: true });
    });
    serve(createApi({ log, health, config, routes: { '/api/things': router } }), {
      stop: [steps[lastStep] ?? (() => Promise.resolve())],
    });
    return Promise.resolve();
  },
);
