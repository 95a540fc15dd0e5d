import { describe, expect, it } from '@jest/globals';
import { alternate, percentile, ratios, spread, spreads } from './harness.ts';
import type { Case } from './harness.ts';
import { judge } from './goals.ts';
import { page, plot } from './report.ts';

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

  it('are measured in alternation, each side first equally often', async () => {
    const order: string[] = [];
    const measure = (name: string) => () => {
      order.push(name);
      return Promise.resolve({});
    };
    await alternate(2, measure('ours'), measure('baseline'));
    expect(order).toEqual(['ours', 'baseline', 'baseline', 'ours']);
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
    const [list, ...others] = judge(cases);
    expect(list).toMatchObject({ show: 1, measured: 0.6, holds: true });
    expect(others.every(({ holds }) => holds === undefined)).toBe(true);
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
