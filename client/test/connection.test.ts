import { expect, describe, it } from '@jest/globals';
import { createConnection } from '../src/lib/connection.ts';

describe('the connection of a tab', () => {
  it('is no longer lost once the page that found it lost is left, or shows what needs no watch', () => {
    const connection = createConnection();
    const { report, end } = connection.watch();
    report('lost');
    expect([connection.get(), connection.isWatched()]).toEqual(['lost', true]);
    end();
    expect([connection.get(), connection.isWatched()]).toEqual(['ok', false]);
  });

  it('is lost while one of two watches finds it lost', () => {
    const connection = createConnection();
    const [one, other] = [connection.watch(), connection.watch()];
    one.report('lost');
    other.report('ok');
    expect(connection.get()).toBe('lost');
    one.report('ok');
    expect(connection.get()).toBe('ok');
  });

  it('is lost while the browser is offline, whatever page is shown, and back as soon as a read succeeds', () => {
    const connection = createConnection();
    connection.watch().end();
    connection.setOffline(true);
    expect(connection.get()).toBe('lost');
    connection.watch().report('ok');
    expect(connection.get()).toBe('ok');
  });

  it('is still lost when the browser is online again and no read has succeeded', () => {
    const connection = createConnection();
    connection.watch().report('lost');
    connection.setOffline(false);
    expect(connection.get()).toBe('lost');
  });

  it('leads to a page that is outdated, and stays so, when one watch has found that', () => {
    const connection = createConnection();
    const { report, end } = connection.watch();
    report('outdated');
    end();
    expect(connection.get()).toBe('outdated');
  });

  it('tells its listeners of each change until they leave', () => {
    const connection = createConnection();
    const seen: string[] = [];
    const leave = connection.subscribe(() => seen.push(`${connection.get()} ${connection.isWatched()}`));
    const { report, end } = connection.watch();
    report('lost');
    end();
    leave();
    connection.setOffline(true);
    expect(seen).toEqual(['ok true', 'lost true', 'ok false']);
  });
});
