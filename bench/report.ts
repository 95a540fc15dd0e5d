import type { Goal } from './goals.ts';
import { judge } from './goals.ts';
import type { Case, Spread } from './harness.ts';

export interface Results {
  date: string;
  machine: string;
  quick: boolean;
  /** How long the whole run took. */
  seconds: number;
  cases: Case[];
}

/** A number with three significant digits. */
export const short = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const verdict = ({ isMet }: Goal): string => (isMet === undefined ? 'not measured' : isMet ? 'met' : 'NOT MET');

/** The goals of the scenarios that ran as lines for a terminal. */
export const table = (goals: readonly Goal[], ran: readonly string[]): string =>
  goals
    .filter(({ scenario }) => scenario.split(',').some((name) => ran.includes(name)))
    .map((goal) => {
      const measured = goal.measured === undefined ? '-' : short(goal.measured);
      return `${goal.scenario.padEnd(18)}${verdict(goal).padEnd(13)}${measured.padStart(8)}  ${goal.text}`;
    })
    .join('\n');

/** A case for a terminal: beside a baseline a line for each figure, with the baseline's and the ratio; alone one line. */
export function linesOf({ scenario, name, ours, baseline, ratio }: Case): string {
  const figures = Object.entries(ours);
  if (!baseline)
    return `${scenario}, ${name}: ${figures.map(([figure, { median }]) => `${figure} ${short(median)}`).join(', ')}`;
  const line = (figure: string, cells: string[]) =>
    `  ${figure.padEnd(34)}${cells.map((cell) => cell.padStart(10)).join('')}`.trimEnd();
  const cell = (spread: Spread | undefined) => (spread === undefined ? '' : short(spread.median));
  return [
    `${scenario}, ${name}; baseline: ${baseline.name}`,
    line('', ['measured', 'baseline', 'ratio']),
    ...figures.map(([figure, spread]) =>
      line(figure, [cell(spread), cell(baseline.figures[figure]), cell(ratio?.[figure])]),
    ),
  ].join('\n');
}

/** One line of a plot. */
interface Line {
  name: string;
  points: [x: number, y: number][];
}

/** The figures as a self-contained page: goals, plots, and every case beside the previous run. */
export function page(results: Results, before?: Results): string {
  const { date, machine, quick, seconds, cases } = results;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Benchmarks</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; }
  td, th { padding: 0.15rem 0.8rem 0.15rem 0; text-align: left; vertical-align: top; }
  td + td + td { font-variant-numeric: tabular-nums; }
  tr { border-bottom: 1px solid #8884; }
  figure { display: inline-block; margin: 0 1.5rem 1.5rem 0; }
  svg { width: 32rem; max-width: 100%; }
  svg text { fill: currentColor; font-size: 12px; }
</style>
<h1>Benchmarks</h1>
<p>${escaped(date)}, ${escaped(machine)}, ${seconds} s${quick ? ', QUICK' : ''}. Each figure is the median of several rounds
(lowest to highest); a ratio is taken round by round.${before ? ` Before: ${escaped(before.date)}${before.quick ? ', QUICK' : ''}.` : ''}</p>
<h2>Goals</h2>
<table>
${judge(cases).map(goalRow).join('\n')}
</table>
<h2>Plots</h2>
${plots(cases)}
<h2>All figures</h2>
<table>
<tr><th>case<th>figure<th>measured<th>baseline<th>of the baseline${before ? '<th>before' : ''}
${cases.flatMap((one) => caseRows(one, before)).join('\n')}
</table>
</html>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const goalRow = (goal: Goal): string =>
  `<tr><td>${goal.scenario}<td>${verdict(goal)}<td>${goal.measured === undefined ? '' : short(goal.measured)}<td>${escaped(goal.text)}`;

const withRange = (spread: Spread | undefined): string =>
  spread === undefined
    ? ''
    : spread.low === spread.high
      ? short(spread.median)
      : `${short(spread.median)} (${short(spread.low)} to ${short(spread.high)})`;

function caseRows(one: Case, before: Results | undefined): string[] {
  const earlier = before?.cases.find(({ scenario, name }) => scenario === one.scenario && name === one.name);
  return Object.entries(one.ours).map(([figure, ours]) =>
    [
      `<tr><td>${escaped(`${one.scenario}, ${one.name}`)}`,
      escaped(figure),
      withRange(ours),
      withRange(one.baseline?.figures[figure]) +
        (one.baseline?.figures[figure] ? ` ${escaped(one.baseline.name)}` : ''),
      withRange(one.ratio?.[figure]),
      ...(before ? [withRange(earlier?.ours[figure])] : []),
    ].join('<td>'),
  );
}

function plots(cases: readonly Case[]): string {
  const scenarios = [...new Set(cases.map(({ scenario }) => scenario))];
  return scenarios
    .flatMap((scenario) => {
      const mine = cases.filter((one) => one.scenario === scenario);
      return [
        plot(
          `${scenario}: answers a second over connections`,
          overNumber(mine, 'per second', /^(\d+) (?:conn|buyers$)/),
        ),
        plot(`${scenario}: median in ms over size`, overNumber(mine, 'p50 ms', /(\d+) (?:listings|past orders)/)),
        plot(`${scenario}: requests in 1,000 that take longer than a time in ms`, distributions(mine)),
      ];
    })
    .join('');
}

/** A line for each group of cases that differ in one number only, and one for their baselines. */
function overNumber(cases: readonly Case[], figure: string, pattern: RegExp): Line[] {
  const lines = new Map<string, Line>();
  for (const { name, ours, baseline } of cases) {
    const number = pattern.exec(name)?.[1];
    if (number === undefined) continue;
    const group = name.replace(pattern, '').replace(/^[, ]+|[, ]+$/g, '');
    for (const [label, figures] of [
      ['measured', ours],
      [baseline?.name ?? '', baseline?.figures ?? {}],
    ] as const) {
      const y = figures[figure]?.median;
      if (y === undefined) continue;
      const key = `${group} ${label}`;
      const line = lines.get(key) ?? { name: key.trim(), points: [] };
      line.points.push([Number(number), y]);
      lines.set(key, line);
    }
  }
  return [...lines.values()].filter(({ points }) => points.length > 1);
}

const SHARES: Record<string, number> = { 'p50 ms': 500, 'p90 ms': 100, 'p99 ms': 10, 'p99.9 ms': 1 };

const distributions = (cases: readonly Case[]): Line[] =>
  cases
    .map(({ name, ours }) => ({
      name,
      points: Object.entries(SHARES).flatMap(([figure, above]): Line['points'] => {
        const y = ours[figure]?.median;
        return y === undefined || y <= 0 ? [] : [[y, above]];
      }),
    }))
    .filter(({ points }) => points.length > 1);

const COLORS = ['#3b82f6', '#ef4444', '#22c55e', '#f59e0b', '#a855f7', '#14b8a6', '#ec4899', '#84cc16'];
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [480, 260, 56, 28, 10];

/** Lines over two logarithmic axes; nothing when there are none. */
export function plot(title: string, lines: readonly Line[]): string {
  if (lines.length === 0) return '';
  const all = lines.flatMap(({ points }) => points);
  const x = scale(
    all.map(([value]) => value),
    LEFT,
    WIDTH - 12,
  );
  const y = scale(
    all.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  );
  const grid = [
    ...x.ticks.map((tick) => {
      const at = x.at(tick).toFixed(1);
      return `<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" stroke="#8884"/><text x="${at}" y="${HEIGHT - 8}" text-anchor="middle">${short(tick)}</text>`;
    }),
    ...y.ticks.map((tick) => {
      const at = y.at(tick).toFixed(1);
      return `<path d="M${LEFT} ${at}H${WIDTH - 12}" stroke="#8884"/><text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${short(tick)}</text>`;
    }),
  ];
  const drawn = lines.map(({ points }, index) => {
    const path = points.map(([px, py], n) => `${n === 0 ? 'M' : 'L'}${x.at(px).toFixed(1)} ${y.at(py).toFixed(1)}`);
    return `<path d="${path.join('')}" fill="none" stroke="${COLORS[index % COLORS.length] ?? ''}" stroke-width="2"/>`;
  });
  const legend = lines.map(({ name }, index) => {
    const at = HEIGHT + 18 * (index + 1);
    return `<path d="M${LEFT} ${at - 4}h16" stroke="${COLORS[index % COLORS.length] ?? ''}" stroke-width="3"/><text x="${LEFT + 24}" y="${at}">${escaped(name)}</text>`;
  });
  const height = HEIGHT + 18 * lines.length + 8;
  return `<figure><figcaption>${escaped(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img">${[...grid, ...drawn, ...legend].join('')}</svg></figure>\n`;
}

/** A logarithmic axis from pixel `from` to pixel `to`, with ticks at 1, 2 and 5 of each decade, or 1 when they are many. */
function scale(values: readonly number[], from: number, to: number) {
  const [low, high] = [Math.min(...values) / 1.1, Math.max(...values) * 1.1].map(Math.log10) as [number, number];
  const steps = high - low > 2 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++)
    for (const step of steps) ticks.push(step * 10 ** decade);
  return {
    at: (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: ticks.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high),
  };
}
