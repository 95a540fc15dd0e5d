import { createWriteStream } from 'node:fs';

/** ok: 2xx. failed: refused with a 4xx, nothing was done. unknown: no response, or one that leaves the outcome open. */
export type Result = 'ok' | 'failed' | 'unknown';

export interface Operation {
  /** Milliseconds since the load began. */
  at: number;
  what: string;
  status: number;
  result: Result;
}

export interface Strike {
  name: string;
  from: number;
  to: number;
  /** The time from its end until a purchase succeeded; undefined if none did within a minute. */
  recoveryMs: number | undefined;
}

const resultOf = (status: number): Result =>
  status >= 200 && status < 300 ? 'ok' : status >= 400 && status < 500 ? 'failed' : 'unknown';

/** Records every operation and its result, in memory and in a file. */
export function startHistory(file: string) {
  const began = Date.now();
  const operations: Operation[] = [];
  const strikes: Strike[] = [];
  const out = createWriteStream(file);
  const now = () => Date.now() - began;
  return {
    now,
    operations: operations as readonly Operation[],
    strikes: strikes as readonly Strike[],
    add: (what: string, { status }: { status: number }): void => {
      const operation = { at: now(), what, status, result: resultOf(status) };
      operations.push(operation);
      out.write(`${JSON.stringify(operation)}\n`);
    },
    addFault(strike: Strike): void {
      strikes.push(strike);
      out.write(`${JSON.stringify({ fault: strike })}\n`);
    },
    close: () => new Promise<void>((resolve) => out.end(resolve)),
  };
}

export type History = ReturnType<typeof startHistory>;
