import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UNSENT } from '../src/lib/form-state.ts';
import { guardedAction } from '../src/lib/guarded-action.ts';
import { refreshPage } from '../src/lib/refresh-page.ts';

/** A server that renders when it is told to. */
function rendering() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let calls = 0;
  const render = () => {
    calls++;
    return promise;
  };
  return {
    render,
    calls: () => calls,
    finish: () => {
      resolve(undefined);
    },
  };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('rendering a page again', () => {
  it('happens once for all who ask while it happens', async () => {
    const { render, calls, finish } = rendering();
    const both = Promise.all([refreshPage(render), refreshPage(render)]);
    finish();
    expect(await both).toEqual(['done', 'done']);
    expect(calls()).toBe(1);
  });

  it('is given up after its time, and then only a full load helps', async () => {
    const { render, finish } = rendering();
    const first = refreshPage(render);
    await jest.advanceTimersByTimeAsync(8000);
    expect(await first).toBe('unreachable');
    expect(await refreshPage(render)).toBe('outdated');
    finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(await refreshPage(() => Promise.resolve())).toBe('done');
  });

  it('is left to a form that is being sent: behind it, it would look as if it hung', async () => {
    const { render, calls } = rendering();
    const { promise, resolve } = Promise.withResolvers<typeof UNSENT>();
    const sent = guardedAction(
      () => promise,
      () => true,
    )(UNSENT, new FormData());
    expect(await refreshPage(render)).toBe('done');
    expect(calls()).toBe(0);
    resolve(UNSENT);
    await sent;
  });
});
