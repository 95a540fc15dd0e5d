import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** How loud a line is; what isn't a service's JSON line has no level of its own. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

const hidden = new Set(['level', 'time', 'msg', 'service', 'name', 'pid', 'hostname', 'err', 'v']);

/**
 * Makes a line of a process's log readable, such as `12:00:01 orders-1  info  answered  status=201`. Returns undefined
 * for what is quieter than `threshold`. Lines that are not JSON count as `info`.
 */
export function readable(source: string, line: string, threshold = 'info', now = new Date()): string | undefined {
  if (line.trim() === '') return undefined;
  const entry = parse(line);
  const level = entry ? levelOf(entry['level']) : 'info';
  if (levels.indexOf(level) < levels.indexOf(threshold)) return undefined;
  if (!entry) return head(now, source, level) + line;
  const time = new Date(entry['time'] as string | number);
  const error = entry['err'] as { message?: string; stack?: string } | undefined;
  const facts = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(
      ([name, value]) =>
        `  ${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join('');
  const message = typeof entry['msg'] === 'string' ? entry['msg'] : '';
  // Where it happened matters for what nobody expected; a warning's cause is enough.
  const grave = level === 'error' || level === 'fatal';
  const trace = !error
    ? ''
    : grave
      ? `\n${(error.stack ?? error.message ?? '').replace(/^/gm, '         ')}`
      : `  error=${JSON.stringify(error.message ?? '')}`;
  return head(Number.isNaN(time.getTime()) ? now : time, source, level) + message + facts + trace;
}

const head = (time: Date, source: string, level: string): string =>
  `${time.toTimeString().slice(0, 8)} ${source.padEnd(12)} ${level.padEnd(5)} `;

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Pino writes levels as numbers unless told to write their names. */
const levelOf = (level: unknown): string =>
  typeof level === 'number'
    ? (levels[level / 10 - 1] ?? 'info')
    : levels.includes(level as string)
      ? (level as string)
      : 'info';

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
