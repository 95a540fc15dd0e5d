import { describe, expect, it } from '@jest/globals';
import { keywords, queryWords } from '../src/words.ts';

/** Whether a search for the query finds the text, as the list decides it. */
function isFound(text: string, query: string): boolean {
  const stored = keywords(text);
  const words = queryWords(query);
  return (
    words.length > 0 && words.every((spellings) => stored.some((one) => spellings.some((word) => one.startsWith(word))))
  );
}

describe('a search', () => {
  it.each([
    ['letters that do not decompose', 'Łódź', 'lodz'],
    ['letters that do not decompose', 'København', 'kobenhavn'],
    ['letters that do not decompose', 'Işık', 'isik'],
    ['letters that do not decompose', 'Işık', 'IŞIK'],
    ['letters that do not decompose', 'İstanbul', 'istanbul'],
    ['letters that do not decompose', 'Þórr', 'thorr'],
    ['letters that do not decompose', 'Đorđe', 'dorde'],
    ['a letter for two', 'Straße', 'strasse'],
    ['a letter for two', 'Straße', 'straße'],
    ['a letter for two', 'Strasse', 'straße'],
    ['a letter for two', 'STRASSE', 'Straße'],
    ['a letter for two', 'Ærø', 'aero'],
    ['two letters for one', 'Müller', 'mueller'],
    ['two letters for one', 'Mueller', 'müller'],
    ['two letters for one', 'Århus', 'aarhus'],
    ['accents', 'Café Zürich', 'cafe zurich'],
    ['accents', 'Cafe', 'café'],
    ['a final sigma', 'Οδός', 'ΟΔΟΣ'],
    ['a final sigma', 'ΟΔΟΣ', 'οδός'],
    ['ligatures', 'ﬁnal', 'final'],
    ['full-width letters', 'ＡＢＢＡ １２', 'abba 12'],
    ['half-width letters', 'ｶﾗｵｹ', 'カラオケ'],
    ['an apostrophe', "Sinéad O'Connor", 'oconnor'],
    ['an apostrophe', "Sinéad O'Connor", 'connor'],
    ['an apostrophe', 'Sinéad O’Connor', "o'connor"],
    ['an apostrophe', 'OConnor', "o'connor"],
    ['a modifier letter', 'Hawai\u02bbi', 'hawaii'],
    ['a modifier letter', 'Hawai\u02bbi', "hawai'i"],
    ['a modifier letter', 'Hawaii', 'hawai\u02bbi'],
    ['a modifier letter', 'O\u02bcneill', 'oneill'],
    ['a modifier letter', 'O\u02bcneill', "o'neill"],
    ['a modifier letter', 'O\u02bcneill', 'neill'],
    ['a modifier letter', "O'Neill", 'o\u02bcneill'],
    ['a modifier letter', '\u02bfUd \u02beAbd', 'ud abd'],
    ['a modifier letter', 'Me\ua78bphaa', "me'phaa"],
    ['a modifier letter that decomposes', 'K\u02b7al', 'kwal'],
    ['a lengthening stroke', 'محـــمد', 'محمد'],
    ['a lengthening stroke', 'محمد', 'محـمد'],
    ['a slash', 'AC/DC', 'acdc'],
    ['a slash', 'AC/DC', 'ac dc'],
    ['a slash', 'AC DC', 'ac/dc'],
    ['a slash', 'ACDC', 'ac/dc'],
    ['full stops', 'R.E.M.', 'rem'],
    ['full stops', 'REM', 'R.E.M.'],
    ['a hyphen', 'Hip Hop', 'hip-hop'],
    ['a hyphen', 'hip-hop', 'hiphop'],
    ['a comma', 'rock,pop', 'pop'],
    ['Japanese', '東京ドーム', 'ドーム'],
    ['Japanese', '東京ドーム', '東京'],
    ['Japanese', '東京ドーム', 'ム'],
    ['Japanese beside digits', '東京ドーム2031', '2031'],
    ['Thai', 'กรุงเทพมหานคร', 'เทพ'],
    ['Korean', '방탄소년단', '방탄'],
    ['the beginnings of words', 'Rock opera', 'op ro'],
  ])('by %s: %s is found by %s', (_, text, query) => {
    expect(isFound(text, query)).toBe(true);
  });

  it.each([
    ['another word', 'Rock opera', 'jazz'],
    ['one word of two', 'Rock opera', 'rock jazz'],
    ['the end of a word', 'Rock opera', 'pera'],
    ['another place in Japanese', '東京ドーム', '大阪'],
    ['the same without a long vowel', '東京ドーム', 'ドム'],
    ['the same without a repetition', '佐々木', '佐木'],
    ['letters that are not beside each other', '東京ドーム', '東ド'],
    ['marks', '!!!', '!!!'],
    ['a picture', 'Guitar 🎸', '🎸'],
  ])('by %s: %s is not found by %s', (_, text, query) => {
    expect(isFound(text, query)).toBe(false);
  });
});

describe('the words of a query', () => {
  it.each(['', '  ', '!!!', '.*', '🎸', '\u200b'])('%j has none', (query) => {
    expect(queryWords(query)).toEqual([]);
  });

  it('contain only letters and digits, so that they are safe in a pattern', () => {
    expect(queryWords('a.*b (c|d) $e ^f [g] \\h')).toEqual([['ab'], ['c'], ['d'], ['e'], ['f'], ['g'], ['h']]);
  });
});
