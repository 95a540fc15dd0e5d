import type { Page } from 'playwright-core';
import { overflow } from './browser.ts';

/** By which text is enlarged on its own: the size that a person has set for text, twice the usual. */
const LARGE_TEXT = 'html { font-size: 32px !important; }';

/** The text spacing that a page must bear, of WCAG 1.4.12. */
const SPACED_TEXT =
  '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }';

/** Finds, on the current page at its width, what text at twice its size, and spaced text, push out of the page or cut off. */
export async function textProblems(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [name, css] of [
    ['text at 200 %', LARGE_TEXT],
    ['spaced text', SPACED_TEXT],
  ] as const) {
    // A constructed style sheet is no inline style, so the page's policy allows it.
    await page.evaluate(
      `{ const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(css)}); document.adoptedStyleSheets = [sheet]; }`,
    );
    if ((await overflow(page)) > 0)
      found.push(...(await page.evaluate<string[]>(BEYOND)).map((element) => `${name}: too wide: ${element}`));
    found.push(...(await page.evaluate<string[]>(CLIPPED)).map((element) => `${name}: cut off: ${element}`));
  }
  await page.evaluate('document.adoptedStyleSheets = []');
  return found;
}

const describeElement = `const nameOf = (element) => element.tagName.toLowerCase() + (element.className ? '.' + String(element.className).replaceAll(' ', '.') : '') + ' "' + element.textContent.trim().slice(0, 30) + '"';`;

/** The innermost elements that reach beyond the page's right edge. */
const BEYOND = `{
  ${describeElement}
  const isBeyond = (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
  [...document.querySelectorAll('body *')].filter((element) => isBeyond(element) && ![...element.children].some(isBeyond)).map(nameOf);
}`;

/** Texts that their own box cuts off. Titles in lists end after some lines, and are whole on the pages that they lead to. */
const CLIPPED = `{
  ${describeElement}
  [...document.querySelectorAll('body *')].filter((element) => {
    const style = getComputedStyle(element);
    if (style.overflowX === 'visible' && style.overflowY === 'visible') return false;
    if (element.closest('.visually-hidden, .skip-link, select, input, textarea, svg')) return false;
    if (style.webkitLineClamp !== 'none' || element.clientWidth === 0) return false;
    return element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  }).map(nameOf);
}`;

/** Finds controls and parts of the current page that have no visible edge in forced colours, where backgrounds are gone. */
export async function forcedColorProblems(page: Page): Promise<string[]> {
  await page.emulateMedia({ forcedColors: 'active' });
  const found = await page.evaluate<string[]>(`{
    ${describeElement}
    const parts = '.btn, .form-control, .form-select, .card-choice, .panel, .notice, .badge, .ticket, .countdown, .site-header, .filters';
    [...document.querySelectorAll(parts)].filter((element) => element.checkVisibility()).filter((element) => {
      const { borderBottomWidth, borderBottomStyle, borderBottomColor } = getComputedStyle(element);
      return borderBottomStyle === 'none' || parseFloat(borderBottomWidth) < 1 || borderBottomColor === getComputedStyle(document.body).backgroundColor;
    }).map(nameOf);
  }`);
  await page.emulateMedia({ forcedColors: 'none' });
  return found.map((element) => `no edge in forced colours: ${element}`);
}

/** The most stops that a page may have before the focus leaves it. */
const MOST_STOPS = 200;

/**
 * Goes through the current page with the Tab key, or backwards. Finds controls that it does not reach, those on which the focus can't be
 * seen, and those that something else covers.
 */
export async function keyboardProblems(page: Page, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<string[]> {
  await page.evaluate(`{
    ${describeElement}
    // The next stop is the first of the page, wherever the focus was.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    const stops = (globalThis.stops = { reached: new Set(), found: [], isOver: false });
    const hasOutline = (element) => { const style = getComputedStyle(element); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
    const isCovered = (element) => {
      const box = element.getBoundingClientRect();
      const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + box.width * x, box.top + box.height * y]));
      return points.every(([x, y]) => { const top = document.elementFromPoint(x, y); return !(top && (element.contains(top) || top.contains(element))); });
    };
    document.addEventListener('focusin', stops.listener = ({ target }) => {
      if (stops.reached.has(target)) { if (target.matches('.skip-link')) stops.isOver = true; return; }
      stops.reached.add(target);
      let shown = target;
      while (shown !== null && !hasOutline(shown)) shown = shown.parentElement;
      if (shown === null || shown === document.body) stops.found.push('the focus is invisible on ' + nameOf(target));
      // The link of a whole ticket is covered by nothing but itself.
      if (isCovered(target)) stops.found.push('covered: ' + nameOf(target));
    });
  }`);
  await page.keyboard.press(key);
  const isSkipLink =
    key !== 'Tab' || (await page.evaluate<boolean>(`document.activeElement?.matches('.skip-link') === true`));
  for (let pressed = 0; pressed < MOST_STOPS; pressed += 10) {
    for (let press = 0; press < 10; press++) await page.keyboard.press(key);
    if (await page.evaluate<boolean>('stops.isOver')) break;
  }
  const found = await page.evaluate<string[]>(`{
    ${describeElement}
    document.removeEventListener('focusin', stops.listener);
    const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter((element) =>
      element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.type !== 'hidden' && !(element.type === 'radio' && !element.checked));
    [...stops.found, ...controls.filter((element) => !stops.reached.has(element)).map((element) => 'not reached: ' + nameOf(element))];
  }`);
  return [...(isSkipLink ? [] : ['the first stop is not the skip link']), ...found].map((text) => `keyboard: ${text}`);
}
