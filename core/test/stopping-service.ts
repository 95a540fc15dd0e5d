/**
 * A service for shutdown.test.ts: it prints `asked` for each request, and answers it after `ANSWER_AFTER_MS`. The outcomes of its last
 * shutdown step and of its preparation are arguments.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import { createApi } from '@ticketing/common';
import { commonSettings, loadConfig } from '@ticketing/runtime';
import { runService } from '../src/index.ts';

const ANSWER_AFTER_MS = 300;
const [lastStep, PORT = '0', preparing] = process.argv.slice(2);
const steps = {
  resolves: () => Promise.resolve(),
  rejects: () => Promise.reject(new Error('the store is down')),
  hangs: () => new Promise(() => undefined),
} satisfies Record<string, () => Promise<unknown>>;
const step = (name = 'resolves') => steps[name as keyof typeof steps];

await runService(
  'stopping',
  () => loadConfig(commonSettings, { PORT }),
  async ({ config, log, health, serve }) => {
    const router = Router();
    router.get('/', async (_req, res) => {
      process.stdout.write('asked\n');
      await delay(ANSWER_AFTER_MS);
      res.json({ answered: true });
    });
    await serve(createApi({ log, health, config, routes: { '/api/things': router } }), {
      ...{ adminRoutes: [], gauges: [] },
      prepare: [step(preparing)],
      stop: [step(lastStep)],
    });
  },
);
