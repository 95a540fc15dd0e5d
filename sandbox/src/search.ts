import { invalidRequest } from './failure.ts';
import type { Intent } from './payment-intents.ts';

/** One condition of a search: `field:'value'`, `metadata['key']:'value'`, or either with a minus before it. */
export type Clause = { field: 'status' | 'metadata'; key: string; value: string; negated: boolean };

const TEXT = String.raw`'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"`;
const CLAUSE = new RegExp(String.raw`\s*(-?)(?:(status)|metadata\[(?:${TEXT})\])\s*:\s*(?:${TEXT})\s*`, 'y');
const AND = /AND\s/iy;

/**
 * Parses the part of Stripe's search language for metadata and status, joined by AND.
 * Throws a StripeFailure that quotes where parsing failed.
 */
export function parseQuery(query: string): Clause[] {
  const clauses: Clause[] = [];
  let at = 0;
  while (at < query.length || clauses.length === 0) {
    if (clauses.length > 0) at = matchAt(AND, query, at).end;
    const { groups, end } = matchAt(CLAUSE, query, at);
    const [minus, status, key1, key2, value1, value2] = groups;
    clauses.push({
      negated: minus === '-',
      field: status === undefined ? 'metadata' : 'status',
      key: unescape(key1 ?? key2 ?? ''),
      value: unescape(value1 ?? value2 ?? ''),
    });
    at = end;
  }
  return clauses;
}

/** True if an intent matches all clauses. */
export const matches = (intent: Intent, clauses: readonly Clause[]): boolean =>
  clauses.every(({ field, key, value, negated }) => {
    const found =
      field === 'status' ? intent.status : Object.hasOwn(intent.metadata, key) ? intent.metadata[key] : undefined;
    return (found === value) !== negated;
  });

function matchAt(pattern: RegExp, query: string, at: number): { groups: (string | undefined)[]; end: number } {
  pattern.lastIndex = at;
  const match = pattern.exec(query);
  if (match === null)
    throw invalidRequest(
      `We were unable to parse your search query at "${query.slice(at, at + 40)}". The sandbox understands status:'...' and metadata['key']:'value', joined by AND.`,
      { param: 'query' },
    );
  return { groups: match.slice(1), end: pattern.lastIndex };
}

const unescape = (text: string) => text.replace(/\\(.)/g, '$1');
