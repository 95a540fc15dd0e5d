/*
 * Takes screenshots of every page in every state, at 390 and 1280 px, light and dark, of a new marketplace, into
 * `.ticketing/screenshots` or the folder of the first argument. Further arguments select pages by parts of their names.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../infra/local/tools.ts';
import { fillWithDemoData } from '../../scripts/stack/demo-data.ts';
import { launchBrowser, visit } from './browser.ts';
import { makeScenes } from './scenes.ts';
import { startMarketplace } from '../support/stack.ts';

const [folder = path.join(root, '.ticketing', 'screenshots'), ...chosen] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const stack = await startMarketplace({ client: true });
try {
  await fillWithDemoData(stack.url);
  const scenes = (await makeScenes(stack.url)).filter(
    ({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word)),
  );
  const browser = await launchBrowser();
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const { name, path: address, as, act } of scenes) {
        const { page, close } = await visit(browser, stack.url, {
          ...(as ? { as } : {}),
          viewport: { width, height: width < 500 ? 844 : 900 },
          colorScheme,
        });
        await page.goto(address);
        await act?.(page);
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await close();
      }
    }
  }
  await browser.close();
  process.stdout.write(`${scenes.length * 4} screenshots in ${folder}\n`);
} finally {
  await stack.end();
}
