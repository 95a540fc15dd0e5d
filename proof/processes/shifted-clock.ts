/** Preloaded into the services' processes: shifts the clock by the milliseconds that the file CLOCK_SHIFTS has for INSTANCE. */
import { readFileSync } from 'node:fs';

const { CLOCK_SHIFTS = '', INSTANCE = '' } = process.env;
const RealDate = Date;
let shiftMs = 0;

setInterval(() => {
  try {
    shiftMs = (JSON.parse(readFileSync(CLOCK_SHIFTS, 'utf8')) as Record<string, number>)[INSTANCE] ?? 0;
  } catch {
    shiftMs = 0;
  }
}, 500).unref();

const now = () => RealDate.now() + shiftMs;

// A proxy, because libraries recognise Date by its name, and its instances by their prototype.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget: DateConstructor) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  apply: () => new Date().toString(),
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});
