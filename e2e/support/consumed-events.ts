import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { events } from '@ticketing/common';
import { root } from '../../infra/local/tools.ts';
import { busServices } from '../../scripts/services.ts';
import type { Service } from '../../scripts/services.ts';

/** The events in a service's subscriptions.ts, which names exactly those that it consumes; without one it only publishes. */
function consumedBy(service: Service): string[] {
  const file = path.join(root, service, 'src/subscriptions.ts');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Object.keys(events).filter((name) => text.includes(`'${name}'`));
}

/** The events that each service consumes, by the names of both. */
export const consumedEvents: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  busServices.map((service) => [service, consumedBy(service)]),
);
