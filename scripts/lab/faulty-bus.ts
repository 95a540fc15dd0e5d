import type { Bus } from '@ticketing/core';
import type { Logger } from '@ticketing/runtime';
import type { BusFault } from './armed-faults.ts';
import { takeBusFault } from './armed-faults.ts';

/** Longer than the bus waits for an acknowledgement, so that the redelivery comes first and the message itself is a late duplicate. */
export const DELAY_MS = 8000;

export interface Interference {
  /** Takes the fault that the next message of an event is to meet. */
  take: (event: string) => BusFault | undefined;
  log: Pick<Logger, 'warn'>;
  delayMs?: number;
  /** Ends this process without any cleanup. */
  crash?: () => void;
}

/** Has messages of a bus meet faults on their way to their subscribers, and logs each. */
export function withFaults<T extends Bus>(
  bus: T,
  { take, log, delayMs = DELAY_MS, crash = () => process.kill(process.pid, 'SIGKILL') }: Interference,
): T {
  const subscribe = bus.subscribe.bind(bus);
  const faulty: Pick<Bus, 'subscribe'> = {
    subscribe(subject, group, onMessage) {
      subscribe(subject, group, (message) => {
        const fault = take(subject);
        if (fault !== undefined) log.warn({ subject, fault }, 'the failure lab interferes with a message');
        switch (fault) {
          case undefined:
            onMessage(message);
            break;
          case 'drop':
            message.ack();
            break;
          case 'repeat':
            onMessage(message);
            onMessage(message);
            break;
          case 'delay':
            setTimeout(() => {
              onMessage(message);
            }, delayMs);
            break;
          case 'crash':
            onMessage({ subject, raw: message.raw, ack: crash });
        }
      });
    },
  };
  return Object.assign(bus, faulty);
}

/** The same for the process INSTANCE of a service, such as `orders-2`, with the faults that the lab arms in its folder. */
export const interfere = <T extends Bus>(
  bus: T,
  labFolder: string,
  { INSTANCE }: { INSTANCE: string },
  log: Pick<Logger, 'warn'>,
): T => {
  const service = INSTANCE.replace(/-\d+$/, '');
  return withFaults(bus, { take: (event) => takeBusFault(labFolder, service, event), log });
};
