import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from '../src/lib/connection.ts';
import { createServerClock } from '../src/lib/server-clock.ts';
import { singleRefresh } from '../src/lib/single-refresh.ts';
import { type Look, type Refresh, slowingDelayMs, type Watch, watch } from '../src/lib/watch.ts';

/** A watched page on a fake clock: `look` and `refresh` are what the next ones find. */
function watched({
  look = 'unchanged',
  refresh = 'done',
  delayMs = 10_000,
}: { look?: Look; refresh?: Refresh; delayMs?: number } = {}) {
  const page = {
    look,
    refresh,
    isVisible: true,
    looks: [] as number[],
    refreshes: [] as number[],
    connection: 'ok' as Connection,
    wait: (ms: number) => jest.advanceTimersByTimeAsync(ms),
  };
  const startedAt = Date.now();
  const control: Watch = watch({
    look() {
      page.looks.push(Date.now() - startedAt);
      return Promise.resolve(page.look);
    },
    refresh() {
      page.refreshes.push(Date.now() - startedAt);
      return Promise.resolve(page.refresh);
    },
    delayMs: () => delayMs,
    isVisible: () => page.isVisible,
    report: (connection) => (page.connection = connection),
  });
  return Object.assign(page, control);
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a watched page', () => {
  it('looks at the start and at its interval, and is not refreshed while nothing has changed', async () => {
    const page = watched();
    await page.wait(25_000);
    expect(page.looks).toEqual([0, 10_000, 20_000]);
    expect(page.refreshes).toEqual([]);
  });

  it('catches up within 5 s of the return of a connection that was lost for 30 s, with one refresh', async () => {
    const page = watched({ look: 'unreachable' });
    await page.wait(30_000);
    expect(page.connection).toBe('lost');
    expect(page.refreshes).toEqual([]);
    page.look = 'unchanged';
    await page.wait(5000);
    expect(page.connection).toBe('ok');
    expect(page.refreshes).toHaveLength(1);
  });

  it('looks on, and reports that the connection is lost, while only the page server is down', async () => {
    const page = watched({ look: 'changed', refresh: 'unreachable' });
    await page.wait(20_000);
    expect(page.connection).toBe('lost');
    page.refresh = 'done';
    await page.wait(3000);
    expect(page.connection).toBe('ok');
  });

  it('does not report a single failure', async () => {
    const page = watched({ look: 'unreachable' });
    await page.wait(500);
    page.look = 'unchanged';
    await page.wait(1000);
    expect(page.connection).toBe('ok');
  });

  it('reports that it is outdated when the server has another build', async () => {
    const page = watched({ look: 'changed', refresh: 'outdated' });
    await page.wait(0);
    expect(page.connection).toBe('outdated');
  });

  it('is refreshed with growing delays while refreshing does not help', async () => {
    const page = watched({ look: 'changed', delayMs: 300 });
    await page.wait(61_000);
    expect(page.refreshes).toEqual([0, 2000, 6000, 14_000, 30_000, 60_000]);
  });

  it('looks only while it is visible, at once when it is shown again, and no more once it is left', async () => {
    const page = watched();
    page.isVisible = false;
    await page.wait(60_000);
    expect(page.looks).toEqual([0]);
    page.isVisible = true;
    page.lookNow();
    await page.wait(0);
    expect(page.looks).toEqual([0, 60_000]);
    page.stop();
    await page.wait(60_000);
    expect(page.looks).toHaveLength(2);
  });
});

describe('the refresh of a tab', () => {
  /** Renderings that end when the test ends them. */
  function refreshing() {
    const ends: ((result: Refresh) => void)[] = [];
    return { ends, ...singleRefresh(() => new Promise<Refresh>((resolve) => ends.push(resolve))) };
  }

  it('is one for all who ask for it at the same time', async () => {
    const { ends, refresh } = refreshing();
    const asked = [refresh(), refresh()];
    await jest.advanceTimersByTimeAsync(7000);
    ends[0]?.('done');
    expect(await Promise.all(asked)).toEqual(['done', 'done']);
    void refresh();
    expect(ends).toHaveLength(2);
  });

  it('needs a full load behind one that hangs', async () => {
    const { ends, refresh } = refreshing();
    const first = refresh();
    await jest.advanceTimersByTimeAsync(8000);
    expect(await first).toBe('unreachable');
    expect(await refresh()).toBe('outdated');
    ends[0]?.('done');
    await jest.advanceTimersByTimeAsync(0);
    const next = refresh();
    ends[1]?.('done');
    expect(await next).toBe('done');
  });

  it('does not wait for one of the page before, and is not ended by its end', async () => {
    const { ends, refresh, forget } = refreshing();
    void refresh();
    await jest.advanceTimersByTimeAsync(9000);
    forget();
    const next = refresh();
    ends[0]?.('unreachable');
    await jest.advanceTimersByTimeAsync(0);
    const same = refresh();
    ends[1]?.('done');
    expect([await next, await same, ends.length]).toEqual(['done', 'done', 2]);
  });
});

it('many pages that watch a ticket look at different times, first every 5 s, then more and more rarely', () => {
  expect(slowingDelayMs(0, 0.5)).toBe(5000);
  expect(slowingDelayMs(0, 0)).toBeLessThan(slowingDelayMs(0, 1));
  expect(slowingDelayMs(1000, 0.5)).toBe(30_000);
});

describe("the server's clock in a tab", () => {
  it('goes on from the instant of the first page when that page is shown again', () => {
    let now = 1000;
    const clock = createServerClock(() => now);
    clock.note(500_000);
    now += 120_000;
    clock.note(500_000);
    expect(clock.now()).toBe(620_000);
  });

  it('is set forward by a later instant after the computer has slept', () => {
    const clock = createServerClock(() => 1000);
    clock.note(500_000);
    clock.note(900_000);
    expect(clock.now()).toBe(900_000);
  });
});
