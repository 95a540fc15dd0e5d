import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the lab can do to a message on its way to a consumer. */
export const busFaults = ['drop', 'repeat', 'delay', 'crash'] as const;
export type BusFault = (typeof busFaults)[number];

const folderIn = (labFolder: string): string => path.join(labFolder, 'armed');
const fileOf = (labFolder: string, service: string, event: string): string =>
  path.join(folderIn(labFolder), `${service} ${event}`);

/** Has the next message of an event that a service receives meet a fault, in place of one armed before. */
export function armBusFault(labFolder: string, service: string, event: string, fault: BusFault): void {
  mkdirSync(folderIn(labFolder), { recursive: true, mode: 0o700 });
  // Renamed into place, so that no process reads a part of it.
  const draft = path.join(labFolder, 'draft');
  writeFileSync(draft, fault, { mode: 0o600 });
  renameSync(draft, fileOf(labFolder, service, event));
}

/** Takes the fault that is armed for an event of a service: of several processes, one gets it. Undefined if there is none. */
export function takeBusFault(labFolder: string, service: string, event: string): BusFault | undefined {
  const file = fileOf(labFolder, service, event);
  try {
    const text = readFileSync(file, 'utf8');
    unlinkSync(file);
    return busFaults.find((one) => one === text);
  } catch {
    return undefined;
  }
}

/** The faults that no message has met yet, such as `orders ticket:updated: drop`. */
export function armedBusFaults(labFolder: string): string[] {
  try {
    return readdirSync(folderIn(labFolder)).map(
      (name) => `${name}: ${readFileSync(path.join(folderIn(labFolder), name), 'utf8')}`,
    );
  } catch {
    return [];
  }
}

/** Removes all armed faults. */
export function disarmBusFaults(labFolder: string): void {
  rmSync(folderIn(labFolder), { recursive: true, force: true });
}
