import type { RequestListener } from 'node:http';
import path from 'node:path';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import { root } from '../../infra/local/tools.ts';
import { readSettings } from '../stack/config.ts';
import { createLab } from './app.ts';
import { openMarket } from './market.ts';

try {
  const market = openMarket(path.join(root, '.ticketing'));
  const url = market.url();
  const app = createLab(market, () => new Date()) as RequestListener;
  const server = httpServer(app, { methods: ['GET', 'HEAD', 'POST'] });
  const { LAB_PORT } = readSettings(process.env);
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: LAB_PORT });
  console.log(
    `The failure lab is ready at http://127.0.0.1:${port}, for the marketplace at ${url}. Ctrl-C ends all faults and leaves.`,
  );
  let leaving: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      leaving ??= leave();
    });

  async function leave(): Promise<void> {
    console.log('Ending all faults');
    await closeServer(server);
    // A marketplace that was stopped first has none.
    await market.leave().catch((error: unknown) => {
      console.log((error as Error).message);
    });
    process.exit(0);
  }
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
}
