import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fragileTexts } from './fragile-texts.ts';

const source = path.join(import.meta.dirname, '../src');

const inComponent = (jsx: string) => `function Part() { return ${jsx}; }`;

describe('on a page that a browser has translated', () => {
  it('every text that may come, go or change is the only one of its element, or goes with it', () => {
    const found = globSync('**/*.tsx', { cwd: source }).flatMap((file) =>
      fragileTexts(file, readFileSync(path.join(source, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  it.each([
    ['a text that comes beside others', `<p>Earned{isAll ? '' : ' (latest)'}</p>`],
    ['a fragment with a text that comes beside others', `<p>Held{until === '' ? null : <> until <Time /></>}.</p>`],
    ['a text that changes within a sentence', `<p>Sold by {seller}.</p>`],
    ['an element that comes before a text', `<h2>{icon ? <Icon /> : null} Held</h2>`],
    ['a fragment with a text in the place of an element', `<p>{isLive ? <Left /> : <>until <Time /></>}</p>`],
    ['a component that is a text', `'over'`],
    ['a component that is a fragment with a text', `<><b>1</b> left</>`],
    ['two states that React takes for one element', `isOver ? <p>Over</p> : <p>Until <Time /></p>`],
  ])('does not bear %s', (_, jsx) => {
    expect(fragileTexts('part.tsx', inComponent(jsx))).toHaveLength(1);
  });

  it.each([
    ['the only text of an element', `<p>{isAll ? 'Earned' : 'Earned (latest)'}</p>`],
    ['a text with an element of its own', `<p>Sold by <span>{seller}</span>.</p>`],
    ['elements in the place of a text', `<p>{isLive ? <Left /> : 'until'}</p>`],
    ['an element that comes before an element', `<h2>{icon ? <Icon /> : null}<span>{title}</span></h2>`],
    ['states with keys', `isOver ? <p key="over">Over</p> : <p key="until">Until <Time /></p>`],
    ['states with one text each', `isOver ? <p>Over</p> : <p>Not yet</p>`],
  ])('bears %s', (_, jsx) => {
    expect(fragileTexts('part.tsx', inComponent(jsx))).toEqual([]);
  });
});
