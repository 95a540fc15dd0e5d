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

class ShiftedDate extends RealDate {
  constructor(...args: [] | [number | string]) {
    super(args[0] ?? RealDate.now() + shiftMs);
  }
  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}
// Mongoose finds the type of a field by this name.
Object.defineProperty(ShiftedDate, 'name', { value: 'Date' });
globalThis.Date = ShiftedDate as DateConstructor;
