// Suggestions for searches that find nothing: "theatre" for "theater".
//
// Trade-off: the words of the newest listed tickets are in memory, up to a minute old, and are compared one by one with a word that none of
// them begins with. A search that finds something costs nothing more.
import { coalesced } from '@ticketing/core';
import { distance } from 'fastest-levenshtein';
import { queryWords } from '../words.ts';

const MAX_AGE_MS = 60_000;
/** Words of this age are read again, and no search waits for that until they are too old. */
const REFRESH_MS = 30_000;
/** Of a longer query no word is replaced. */
const MAX_WORDS = 8;
/** A shorter word is similar to too many others. */
const MIN_LENGTH = 4;
/** From this length on a word may differ by two letters. */
const LONG = 6;

/** Suggests a query with similar words that are known; undefined when there is none. `readWords` is called twice a minute at most. */
export function suggester(
  readWords: () => Promise<string[]>,
  now: () => Date,
): (query: string) => Promise<string | undefined> {
  let known: { words: string[]; at: number } | undefined;
  const refreshed = coalesced(async () => {
    const at = now().getTime();
    if (known === undefined || at - known.at >= REFRESH_MS) known = { words: await readWords(), at };
    return known.words;
  });
  async function current(): Promise<string[]> {
    const reading = refreshed('words');
    if (known === undefined || now().getTime() - known.at >= MAX_AGE_MS) return reading;
    reading.catch(() => undefined);
    return known.words;
  }

  return async (query) => {
    const words = queryWords(query).map(([word]) => word);
    if (words.length === 0 || words.length > MAX_WORDS) return undefined;
    const vocabulary = await current();
    const replaced = words.map((word) => similar(word, vocabulary));
    return replaced.includes(undefined) || replaced.every((word, index) => word === words[index])
      ? undefined
      : replaced.join(' ');
  };
}

/** The word itself if a known word begins with it, else the most similar known word, if any is similar enough. */
function similar(word: string, vocabulary: string[]): string | undefined {
  if (vocabulary.some((known) => known.startsWith(word))) return word;
  if (word.length < MIN_LENGTH) return undefined;
  const limit = word.length < LONG ? 1 : 2;
  const near = vocabulary
    .filter((known) => known.startsWith(word.charAt(0)) && Math.abs(known.length - word.length) <= limit)
    .map((known) => ({ known, away: distance(word, known) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away || a.known.localeCompare(b.known));
  return near[0]?.known;
}
