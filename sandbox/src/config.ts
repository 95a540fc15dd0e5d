import { LEVELS } from './logger.ts';
import type { Level } from './logger.ts';

export type Config = { host: string; port: number; directory: string; logLevel: Level };

/** Reads the settings. An empty variable counts as absent. Throws one error that names every bad one. */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (value: string) => T | undefined, expected: string): T | undefined => {
    const value = environment[name] ?? '';
    const parsed = parse(value);
    if (parsed === undefined) problems.push(`  ${name}: ${value === '' ? 'is required' : `must be ${expected}`}`);
    return parsed;
  };
  const portOf = (value: string) => (/^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : undefined);
  const levelOf = (value: string) => (value === '' ? 'info' : LEVELS.find((level) => level === value));
  const host = environment['HOST'] === undefined || environment['HOST'] === '' ? '127.0.0.1' : environment['HOST'];
  const port = read('PORT', portOf, 'a port from 0 to 65535');
  const directory = read('SANDBOX_DIR', (value) => (value === '' ? undefined : value), 'a folder');
  const logLevel = read('LOG_LEVEL', levelOf, `one of ${LEVELS.join(', ')}`);
  if (port === undefined || directory === undefined || logLevel === undefined)
    throw new Error(`These settings are missing or wrong:\n${problems.join('\n')}`);
  return { host, port, directory, logLevel };
}
