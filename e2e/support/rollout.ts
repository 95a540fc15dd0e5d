import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { closeServer, listenAt } from '@ticketing/runtime/server';
import { createRouter } from '../../infra/local/router/router.ts';
import { routes } from '../../scripts/services.ts';
import type { Service } from '../../scripts/services.ts';
import type { Stack } from '../../scripts/stack.ts';
import type { Ending, ManagedProcess } from '../../scripts/stack/managed-process.ts';

/**
 * The router in front of a stack whose instances are replaced: as an Ingress does, it learns at once which instances there are. `rollOut`
 * replaces those of a service as Kubernetes does with `maxUnavailable: 0`: a new one gets requests when it is ready, an old one
 * gets none from then on, and is stopped when it has answered the last. Throws when the router can't listen.
 */
export async function startRollouts(stack: Stack) {
  const table = routes.map(({ prefix, service }) => ({
    ...{ prefix, service },
    targets: stack.processes.filter((one) => one.service === service).map(targetOf),
  }));
  const server = createRouter({ routes: table });
  const inFlight = new Set<ServerResponse>();
  server.on('request', (_request, response: ServerResponse) => {
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
  });
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });

  /** Resolves when the requests have been answered that are being answered now. */
  const answered = () => Promise.all([...inFlight].map((response) => once(response, 'close')));

  const running = () => stack.processes.filter(({ pid }) => pid !== undefined);

  return {
    url: `http://127.0.0.1:${port}`,
    running,
    /** Replaces each instance of a service by one with these settings over those of the stack. Resolves to how the old ones ended. */
    async rollOut(service: Service, env: Record<string, string>): Promise<Ending[]> {
      const targets = table.find((route) => route.service === service)?.targets ?? [];
      const endings: Ending[] = [];
      for (const old of running().filter((one) => one.service === service)) {
        targets.push(targetOf(await stack.startAnother(service, env)));
        const at = targets.findIndex((target) => target.port === old.port);
        if (at !== -1) targets.splice(at, 1);
        await answered();
        const ending = await old.stop();
        if (ending) endings.push(ending);
      }
      return endings;
    },
    close: () => closeServer(server),
  };
}

const targetOf = ({ port }: ManagedProcess) => ({ hostname: '127.0.0.1', port });
