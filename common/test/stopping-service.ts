/** A service that only stops: prints its port, and `asked` for a request in hand, which it answers after `ANSWER_AFTER_MS`. */
import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import { closeServer, createApi, createHealth, createLogger, listen, run, stopOnSignal } from '../src/index.ts';

const ANSWER_AFTER_MS = 300;
const [lastStep = 'resolves', PORT = '0'] = process.argv.slice(2);
const steps: Record<string, () => Promise<unknown>> = {
  resolves: () => Promise.resolve(),
  rejects: () => Promise.reject(new Error('the store would not close')),
  hangs: () => new Promise(() => undefined),
};

await run('stopping', async () => {
  const log = createLogger('stopping', 'silent');
  const health = createHealth();
  const router = Router();
  router.get('/', async (_req, res) => {
    process.stdout.write('asked\n');
    await delay(ANSWER_AFTER_MS);
    res.json({ answered: true });
  });
  const app = createApi({ log, health, config: { TRUSTED_PROXIES: 1 }, routes: { '/api/things': router } });
  const server = await listen(app, { HOST: '127.0.0.1', PORT: Number(PORT) }, log);
  stopOnSignal(log, health, [() => closeServer(server), steps[lastStep] ?? (() => Promise.resolve())]);
  const address = server.address();
  process.stdout.write(`port ${typeof address === 'object' ? (address?.port ?? 0) : 0}\n`);
});
