import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { prettyFactory } from 'pino-pretty';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

type Entry = Record<string, unknown> & { level?: unknown; err?: { message?: string } };

/**
 * Returns a function that formats a line of a process's log, as `orders-1     [12:00:01] INFO: answered {"status":201}`.
 * That returns undefined for lines below `threshold`. Lines that are not JSON count as `info`.
 */
export function createFormatter(threshold: Level): (source: string, line: string) => string | undefined {
  const pretty = prettyFactory({
    colorize: false,
    errorLikeObjectKeys: ['err'],
    ignore: 'pid,hostname,name,service',
    minimumLevel: threshold,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
  }) as (entry: object) => string | undefined;
  return (source, line) => {
    if (line.trim() === '') return undefined;
    const { level: label, ...entry } = parse(line) ?? { level: 'info', time: Date.now(), msg: line };
    // pino-pretty filters by number only.
    const level = typeof label === 'string' ? (levels.indexOf(label as Level) + 1) * 10 : label;
    // The stack matters for unexpected errors; the message of a warning's cause is enough.
    const { err } = entry as Entry;
    const shown = level === 40 && err !== undefined ? { ...entry, err: undefined, error: err.message } : entry;
    const text = pretty({ level, ...shown });
    return text === undefined ? undefined : `${source.padEnd(12)} ${text.trimEnd()}`;
  };
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

/**
 * Calls `onLine` with every complete line that is appended to the files from now on. Returns a function that stops it.
 * Files may appear later, and may be truncated.
 */
export function follow(
  sources: readonly { name: string; logFile: string }[],
  onLine: (name: string, line: string) => void,
  { everyMs = 200 } = {},
): () => void {
  const files = sources.map(({ name, logFile }) => ({
    name,
    logFile,
    read: sizeOf(logFile),
    rest: '',
  }));
  const buffer = Buffer.alloc(64 * 1024);
  const poll = () => {
    for (const file of files) {
      const size = sizeOf(file.logFile);
      if (size < file.read) file.read = 0;
      if (size === file.read) continue;
      const handle = openSync(file.logFile, 'r');
      try {
        for (let count = 1; file.read < size && count > 0; file.read += count) {
          count = readSync(handle, buffer, 0, buffer.length, file.read);
          // A character that the buffer's end splits is shown damaged; the file is right.
          const lines = (file.rest + buffer.toString('utf8', 0, count)).split('\n');
          file.rest = lines.pop() ?? '';
          for (const line of lines) onLine(file.name, line);
        }
      } finally {
        closeSync(handle);
      }
    }
  };
  poll();
  const timer = setInterval(poll, everyMs);
  return () => {
    clearInterval(timer);
    poll();
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
