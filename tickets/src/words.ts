// The words of a text, for storing and for searching alike: both sides are folded in the same way, so that each spelling finds the
// others.

/** Letters that Unicode does not decompose, as people type them without them. */
const FOLDED: Record<string, string> = {
  ...{ æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ŋ: 'n', ĸ: 'k', ı: 'i', ə: 'e' },
  ...{ ɓ: 'b', ƈ: 'c', ɖ: 'd', ɗ: 'd', ɛ: 'e', ƒ: 'f', ɠ: 'g', ɨ: 'i', ƙ: 'k', ƚ: 'l', ɔ: 'o', ʉ: 'u', ƴ: 'y', ƶ: 'z' },
  ς: 'σ',
};
const foldable = new RegExp(`[${Object.keys(FOLDED).join('')}]`, 'gu');

/** Letters that are also written as two. */
const SPELLED: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
const spellable = new RegExp(`[${Object.keys(SPELLED).join('')}]`, 'gu');

/** Lower case by way of upper case, which turns ß into ss. */
const lowerCase = (text: string): string => text.toUpperCase().toLowerCase();

/** What only changes how a word is drawn: accents, and the strokes that lengthen Arabic and N'Ko words. */
const DRAWN = /[\p{M}\u0640\u07fa]/gu;
/**
 * Letters by Unicode that people type as an apostrophe or not at all: the okina and the other modifier letters without a
 * decomposition, and the saltillo. Not those of Japanese and Thai, which are parts of words.
 */
const MODIFIERS = /[[[\u02b0-\u02ff]&&\p{L}]\ua78b\ua78c]/gv;

/** Lower case, without accents, ligatures and full-width forms, with apostrophes for modifier letters. */
const fold = (text: string): string =>
  lowerCase(text.normalize('NFKD').replace(DRAWN, '').replace(MODIFIERS, "'")).replace(
    foldable,
    (letter) => FOLDED[letter] ?? letter,
  );

/** Texts without spaces are matched by pairs of letters, all others by words. */
const UNSPACED =
  /[[\p{L}\p{N}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]/v;
const RUNS = new RegExp(`${UNSPACED.source}+|[[\\p{L}\\p{N}]--${UNSPACED.source}]+`, 'gv');
/** What separates words that do not belong together. Any other mark can stand inside a word: O'Connor, AC/DC, R.E.M. */
const SEPARATORS = /[\s,;:()[\]{}"“”„«»|、。・]+/u;

/** A word of up to this many letters is often written together with its neighbour: AC DC, hip hop. */
const SHORT = 3;

/** The parts of a text that stand apart, each with its runs of letters. */
const chunksOf = (folded: string): string[][] =>
  folded
    .split(SEPARATORS)
    .map((chunk) => chunk.match(RUNS) ?? [])
    .filter((runs) => runs.length > 0);

const isUnspaced = (run: string | undefined): boolean => run !== undefined && UNSPACED.test(run);

/** The pairs of letters of a run, or its only letter. */
function pairsOf(run: string): string[] {
  const letters = Array.from(run);
  return letters.length === 1 ? letters : letters.slice(1).map((letter, index) => `${letters[index] ?? ''}${letter}`);
}

/** The words of a chunk as one, unless it has pairs. */
const joined = (runs: string[]): string[] => (runs.some(isUnspaced) ? [] : [runs.join('')]);

/** The spelling of a text with two letters for one: Muenster, Aarhus. */
const spelledOut = (text: string): string =>
  lowerCase(text.normalize('NFKC')).replace(spellable, (letter) => SPELLED[letter] ?? letter);

/** The words that a search finds a text by, each once: also those that are often written together. */
export const keywords = (text: string): string[] => [
  ...new Set([fold(text), fold(spelledOut(text))].flatMap(keywordsOf)),
];

function keywordsOf(folded: string): string[] {
  const chunks = chunksOf(folded);
  const runs = chunks.flat();
  const neighbours = runs.slice(1).map((run, index) => [runs[index] ?? '', run]);
  return [
    // The last letter too, for a search by one letter.
    ...runs.flatMap((run) => (isUnspaced(run) ? [...pairsOf(run), Array.from(run).at(-1) ?? ''] : [run])),
    ...chunks.flatMap(joined),
    ...neighbours.filter((pair) => pair.some(({ length }) => length <= SHORT)).flatMap(joined),
  ];
}

/**
 * The words of a query, each with its other spelling if it has one. A text is found if it has, for each of them, a word that begins
 * with one of its spellings. None when the query has no letters and no digits.
 */
export function queryWords(query: string): [string, ...string[]][] {
  const spelled = queryWordsOf(fold(spelledOut(query)));
  return queryWordsOf(fold(query)).map((word, index) => {
    const other = spelled[index] ?? word;
    return other === word ? [word] : [word, other];
  });
}

const queryWordsOf = (folded: string): string[] =>
  chunksOf(folded).flatMap((runs) =>
    runs.some(isUnspaced) ? runs.flatMap((run) => (isUnspaced(run) ? pairsOf(run) : [run])) : joined(runs),
  );

/** A city as it is compared: without the country behind a comma, accents, spaces and case, and with one spelling of umlauts. */
export const cityKey = (city: string): string =>
  fold(city.split(',')[0] ?? '')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/([aou])e/g, '$1')
    .replaceAll('aa', 'a');
