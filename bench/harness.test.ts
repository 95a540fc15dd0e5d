import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lagSince } from '../e2e/support/lag.ts';
import { root } from '../infra/local/tools.ts';
import { callsIn, cpuSeconds } from './counters.ts';
import { alternate, caseOf, percentile, ratios, spread, spreads } from './harness.ts';
import type { Case } from './harness.ts';
import { judge } from './goals.ts';
import { linesOf, page, plot, table } from './report.ts';

describe('figures', () => {
  it('have the median of the rounds, the lowest and the highest value', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
    expect(() => spread([])).toThrow();
  });

  it('have percentiles by the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
  });

  it('that both sides measured are divided round by round', () => {
    const ours = [
      { 'per second': 10, extra: 1 },
      { 'per second': 40, extra: 1 },
    ];
    const baseline = [{ 'per second': 20 }, { 'per second': 100 }];
    const { 'per second': ratio, ...rest } = ratios(ours, baseline);
    expect(ratio?.median).toBeCloseTo(0.45);
    expect(rest).toEqual({});
    expect(() => spreads([{ a: 1 }, {}])).toThrow('did not measure a');
  });

  it('are measured in turns, each first equally often, and each gets its own rounds', async () => {
    const order: string[] = [];
    const measure = (name: string) => () => Promise.resolve({ [name]: order.push(name) });
    const [ours, baseline] = await alternate(2, [measure('ours'), measure('baseline')]);
    expect(order).toEqual(['ours', 'baseline', 'baseline', 'ours']);
    expect(ours).toEqual([{ ours: 1 }, { ours: 4 }]);
    expect(baseline).toEqual([{ baseline: 2 }, { baseline: 3 }]);
  });

  it('of the lag are interpolated within the buckets of the events that were handled in between', () => {
    const before = new Map([
      [0.01, 10],
      [0.1, 10],
      [Infinity, 10],
    ]);
    const after = new Map([
      [0.01, 10],
      [0.1, 20],
      [Infinity, 20],
    ]);
    expect(lagSince(before, after, 0.5)).toBeCloseTo(55);
    expect(lagSince(before, after, 1)).toBeCloseTo(100);
    expect(lagSince(after, after, 0.99)).toBe(0);
  });

  it('make a case, with a ratio only where there is a baseline', () => {
    const rounds = [{ 'p50 ms': 4 }];
    expect(caseOf('list', 'alone', rounds)).not.toHaveProperty('ratio');
    const beside = caseOf('list', 'beside', rounds, { name: 'another commit', rounds: [{ 'p50 ms': 8 }] });
    expect(beside.ratio?.['p50 ms']?.median).toBe(0.5);
  });
});

describe('the report', () => {
  const one = (median: number) => ({ median, low: median, high: median });
  const cases: Case[] = [
    {
      scenario: 'list',
      name: '32 connections',
      ours: { 'per second': one(600), 'p50 ms': one(2), 'p99 ms': one(9) },
      baseline: { name: 'bare <route>', figures: { 'per second': one(1000) } },
      ratio: { 'per second': one(0.6) },
    },
  ];

  it('judges the goals that were measured and leaves the others open', () => {
    const goals = judge(cases);
    const measured = goals.filter(({ isMet }) => isMet !== undefined);
    expect(measured).toMatchObject([{ scenario: 'list', measured: 0.6, isMet: true }]);
    expect(goals.length).toBeGreaterThan(20);
  });

  it('prints the goals of the scenarios that ran, as met or not', () => {
    const [goal = '', ...others] = table(judge(cases), ['list']).split('\n');
    expect(goal).toMatch(/^list +met +0\.6 /);
    expect(others).toHaveLength(1);
    expect(table(judge(cases), ['rush'])).toMatch(/^rush +not measured/);
  });

  it('prints a case with the figures of its baseline and the ratios', () => {
    const [one] = cases;
    if (!one) throw new Error('there is no case');
    const { baseline, ratio, ...alone } = one;
    expect(linesOf(alone)).toBe('list, 32 connections: per second 600, p50 ms 2, p99 ms 9');
    const [heading, columns, rate] = linesOf(one).split('\n');
    expect(heading).toBe('list, 32 connections; baseline: bare <route>');
    expect(columns).toMatch(/measured +baseline +ratio$/);
    expect(rate).toMatch(/^ +per second +600 +1,000 +0\.6$/);
  });

  it('shows every figure beside that of the previous run', () => {
    const results = { date: '2026-11-24', machine: 'a machine', quick: false, seconds: 1, cases };
    const html = page(results, { ...results, cases: [{ ...cases[0], ours: { 'per second': one(555) } } as Case] });
    expect(html).toContain('>600<');
    expect(html).toContain('555');
    expect(html).toContain('bare &lt;route>');
  });

  it('plots lines from the lowest value to the highest', () => {
    const svg = plot('a plot', [
      {
        name: 'a line',
        points: [
          [1, 10],
          [100, 1000],
        ],
      },
    ]);
    expect(svg).toMatch(/<path d="M6\d\.\d 2\d\d\.\d ?L4\d\d\.\d 1\d\.\d"/);
    expect(plot('nothing', [])).toBe('');
  });
});

describe('syncs', () => {
  it('are the calls of fsync and fdatasync in the summary of a trace, none where it is empty', () => {
    const summary = [
      '% time     seconds  usecs/call     calls    errors syscall',
      '------ ----------- ----------- --------- --------- ----------------',
      ' 75.00    0.012000          12       100           fsync',
      ' 25.00    0.004000          10        40         2 fdatasync',
      '------ ----------- ----------- --------- --------- ----------------',
      '100.00    0.016000          11       140         2 total',
    ];
    expect(callsIn(summary.join('\n'))).toBe(140);
    expect(callsIn('')).toBe(0);
  });
});

describe('the page on performance', () => {
  it('has every goal with its limit, by the scenario that measures it', () => {
    const page = readFileSync(path.join(root, 'docs/performance.md'), 'utf8').replaceAll(/ +/g, ' ');
    const rows = judge([]).map(({ scenario, text }) => `| \`${scenario}\` | ${text} |`);
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });
});

describe('CPU time', () => {
  it('of a process grows by what it has used, and is nothing for one that has ended; without /proc it is unknown', () => {
    if (process.platform !== 'linux') {
      expect(cpuSeconds([process.pid])).toBeNaN();
      return;
    }
    const before = cpuSeconds([process.pid]);
    const from = process.cpuUsage();
    while (process.cpuUsage(from).user + process.cpuUsage(from).system < 100_000);
    // Its unit is 10 ms.
    expect(cpuSeconds([process.pid]) - before).toBeGreaterThan(0.05);
    expect(cpuSeconds([2 ** 30, null])).toBe(0);
  });
});
