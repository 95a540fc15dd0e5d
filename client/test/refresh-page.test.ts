import { expect, it, jest } from '@jest/globals';
import { UNSENT } from '../src/lib/form-state.ts';
import { guardedAction } from '../src/lib/guarded-action.ts';
import { refreshPage } from '../src/lib/refresh-page.ts';
import { singleRefresh } from '../src/lib/single-refresh.ts';

it('a page is rendered again only after a form that is being sent: behind it, it would look as if it hung', async () => {
  const render = jest.fn(() => Promise.resolve('done' as const));
  const { promise, resolve } = Promise.withResolvers<typeof UNSENT>();
  const sent = guardedAction(
    () => promise,
    () => true,
  )(UNSENT, new FormData());
  const refreshed = refreshPage(singleRefresh(render));
  await new Promise(setImmediate);
  expect(render).not.toHaveBeenCalled();
  resolve(UNSENT);
  await sent;
  expect(await refreshed).toBe('done');
  expect(render).toHaveBeenCalledTimes(1);
});
