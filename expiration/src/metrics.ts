import { Gauge } from '@ticketing/runtime';
import type { StoreGauge } from '@ticketing/runtime';
import type { Timers } from './timers.ts';

const pending = new Gauge({ name: 'timers', help: 'Timers that have not fired.' });
const overdue = new Gauge({ name: 'timers_overdue', help: 'Timers that should have fired over 30 s ago.' });

const OVERDUE_MS = 30_000;

/** The gauges of the timers in Redis. */
export const timerGauges = (timers: Pick<Timers, 'count'>): StoreGauge[] => [
  { gauge: pending, read: () => timers.count() },
  { gauge: overdue, read: () => timers.count(new Date(Date.now() - OVERDUE_MS)) },
];
