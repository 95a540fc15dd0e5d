// The words, the category and the city of a ticket as one text: ` jazz night #concert @berlin `. An index holds it as one value, where an
// array would be an entry for each word, so MongoDB decides about any search by the index alone.
import { cityKey } from './words.ts';

interface Searched {
  category?: string | undefined;
  city?: string | undefined;
}

/** Category and city, each behind a mark that no word begins with. */
function marked({ category, city }: Searched): string[] {
  const place = city === undefined ? '' : cityKey(city);
  return [...(category === undefined ? [] : [`#${category}`]), ...(place === '' ? [] : [`@${place}`])];
}

/** The text of a ticket with these keywords. */
export const searchText = (keywords: string[], listing: Searched): string =>
  `${[...keywords, ...marked(listing)].map((word) => ` ${word}`).join('')} `;

/** Matches the texts with a word that begins with one of these spellings, which contain only letters and digits. */
export const withWord = (spellings: string[]): RegExp => new RegExp(` (?:${spellings.join('|')})`);

/** Match together the texts of tickets in the category and in the city of a query. */
export const withFacets = (query: Searched): RegExp[] => marked(query).map((mark) => new RegExp(` ${mark} `));

/** The words of a text. */
export const wordsIn = (text: string): string[] => text.split(' ').filter((word) => /^[^#@]/.test(word));
