import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { visitors } from '../support/http.ts';
import { startTestStack } from '../support/stack.ts';
import { schemathesis } from './schemathesis.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-api-'));
let stack: Awaited<ReturnType<typeof startTestStack>>;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  await stack.end();
  rmSync(folder, { recursive: true, force: true });
});

interface Description {
  paths: Record<string, Record<string, { security?: unknown; responses: Record<string, object> }>>;
  components: { schemas: Record<string, object>; securitySchemes?: unknown };
}

/** The description as it is today: what is answered beside it is a mistake, though it may be described tomorrow. */
function closed(): Description {
  const file = path.join(import.meta.dirname, '../../docs/openapi.json');
  const description = JSON.parse(readFileSync(file, 'utf8')) as Description;
  const close = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('type' in value && value.type === 'object' && 'properties' in value)
      Object.assign(value, { additionalProperties: false });
    for (const part of Object.values(value)) close(part);
  };
  // A problem has whatever helps to mend it, and a part of an `allOf` that is closed refuses what the other part describes.
  const { Problem, Errors, ...others } = description.components.schemas;
  close(others);
  for (const { responses } of routesOf(description))
    for (const [status, answer] of Object.entries(responses)) if (status < '400') close(answer);
  return description;
}

const routesOf = ({ paths }: Description) => Object.values(paths).flatMap((methods) => Object.values(methods));

/** The same where nobody is asked for a session. */
function withoutSessions(description: Description): Description {
  delete description.components.securitySchemes;
  for (const route of routesOf(description)) delete route.security;
  return description;
}

/**
 * Checks the answers to so many made-up requests of each route, and to those at the edges of its fields. Not checked: that a method
 * which a path does not have is refused with 405 (it is 404), that what fits the schema is accepted (an event may have started), and
 * that what was deleted is gone (a cancelled order stays). Throws with every answer that is not as described.
 */
async function check(description: Description, examples: number, ...args: string[]) {
  const file = path.join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(description));
  const leftOut = ['unsupported_method', 'allow_header_conformance', 'positive_data_acceptance', 'use_after_free'];
  const { code, output } = await schemathesis(folder, [
    ...['run', file, `--url=${stack.url}`, '--seed=1', `--max-examples=${examples}`],
    // In threads Python 3.11 fails to parse its own sources now and then.
    ...['--workers=1', '--checks=all', `--exclude-checks=${leftOut.join(',')}`],
    // By default it fails on a busy machine: when its own generation is slow, and when an answer takes 10 s.
    ...['--suppress-health-check=too_slow', '--request-timeout=60'],
    ...args,
  ]);
  if (code !== 0) throw new Error(output);
  return Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
}

/** For each route. `make test-api` makes more: over 2,000 requests in all. */
const examples = Number(process.env['API_EXAMPLES'] ?? 6);

it('generated requests, with and without a session, get answers that openapi.json describes, none of them a failure', async () => {
  const market = visitors(stack.url);
  const [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
  // Tickets of one's own can't be ordered.
  for (let listed = 0; listed < 30; listed++) await seller.list();

  // What ends the session is left to the stranger: all later requests would be those of a stranger, too.
  const ending = ['signout', 'sessions', 'sessions/{id}'].map((name) => `--exclude-path=/api/users/${name}`);
  const asVisitor = await check(withoutSessions(closed()), examples, `--header=Cookie: ${buyer.cookie}`, ...ending);
  const asStranger = await check(closed(), Math.ceil(examples / 8), '--phases=coverage,fuzzing');
  expect(asVisitor + asStranger).toBeGreaterThan(25 * examples);
}, 900_000);
