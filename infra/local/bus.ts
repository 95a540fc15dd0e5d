import { requireGoProgram } from './go-program.ts';
import { natsServer, natsServerProgram } from './nats-server.ts';
import { natsStreaming, requireNatsStreaming } from './nats-streaming.ts';
import type { Backing, Env } from './tools.ts';

/** The server of the bus that BUS names: NATS with JetStream, of so many nodes, else NATS Streaming. Throws where it can't be built. */
export const busServer = (env: Env, clusterId: string, nodes = 1): Promise<Backing> =>
  env['BUS'] === 'jetstream' ? natsServer(env, nodes) : natsStreaming(env, clusterId);

/** Throws, in one line, where that server can neither be found nor built. */
export const requireBusServer = (env: Env): Promise<void> =>
  env['BUS'] === 'jetstream' ? requireGoProgram(natsServerProgram, env) : requireNatsStreaming(env);
