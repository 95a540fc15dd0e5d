import type { Caught } from './bugs.ts';
import { coveragePoints } from './simulation/coverage.ts';
import type { Batch } from './simulation/batch.ts';
import type { Broken } from './processes/break.ts';
import type { Operation, Result, Strike } from './processes/history.ts';

/** The invariants of docs/invariants.md, in short. */
const INVARIANTS: Record<string, string> = {
  I1: 'a ticket has at most one live order at a time, and at most one complete order ever',
  I2: 'the money captured for an order is its price if it is complete, and nothing if it is cancelled',
  I3: "at most one capture for an order, by the provider's own ledger",
  I4: 'every order ends in time, and none expires early; recovery within 30 s after a fault',
  I5: 'complete and cancelled are final',
  I6: 'acknowledged writes survive the death of any process',
  I7: 'every change is published exactly as it was saved; copies converge to their source',
  I8: 'duplicate and reordered events lead to the same state',
  I9: 'a ticket is available if and only if it is not held, sold or withdrawn',
  I10: 'users read and change only what is theirs; a session that has ended acts for nobody',
  I11: 'a message that cannot be handled delays no other and is never lost',
  I12: 'a rolling restart fails no request that may be retried',
  I13: 'only its seller and the buyer who paid read what is delivered with a ticket',
  I14: 'no two listings have the same code',
  HTTP: 'no fault of a server is answered with a 500, and every 503 has Retry-After',
};

const text = (value: string): string =>
  value.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

const COLORS: Record<Result, string> = { ok: '#2f7d4f', failed: '#c9a227', unknown: '#b3392f' };
const RESULTS: readonly Result[] = ['ok', 'failed', 'unknown'];
const WIDTH = 960;

/** Operations per second over time, with the faults in the background. */
function timeline(operations: readonly Operation[], strikes: readonly Strike[]): string {
  const height = 260;
  const end = Math.max(1, ...operations.map(({ at }) => at), ...strikes.map(({ to }) => to));
  const slot = Math.max(1000, Math.ceil(end / 240 / 1000) * 1000);
  const slots = Array.from({ length: Math.ceil((end + 1) / slot) }, () => ({ ok: 0, failed: 0, unknown: 0 }));
  for (const { at, result } of operations) {
    const one = slots[Math.floor(at / slot)];
    if (one) one[result]++;
  }
  const highest = Math.max(1, ...slots.map(({ ok, failed, unknown }) => ok + failed + unknown));
  const x = (ms: number) => (ms / end) * WIDTH;
  const y = (count: number) => (count / highest) * height;
  const shades = strikes.map(({ name, from, to, recoveryMs = 60_000 }, index) => {
    const title = `<title>${index + 1}. ${text(name)}</title>`;
    return (
      `<rect x="${x(from).toFixed(1)}" y="0" width="${Math.max(1.5, x(to - from)).toFixed(1)}" height="${height}" fill="#d9d4ee">${title}</rect>` +
      `<rect x="${x(to).toFixed(1)}" y="0" width="${Math.max(1, x(recoveryMs)).toFixed(1)}" height="${height}" fill="#efeaf9">${title}</rect>` +
      `<text x="${x(from).toFixed(1)}" y="${height + 14}" font-size="9">${index + 1}</text>`
    );
  });
  const bars = slots.flatMap((counts, index) => {
    let top = height;
    return RESULTS.map((result) => {
      const size = y(counts[result]);
      top -= size;
      return `<rect x="${x(index * slot).toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(1, x(slot) - 0.5).toFixed(1)}" height="${size.toFixed(1)}" fill="${COLORS[result]}"/>`;
    });
  });
  const scale = `<text x="2" y="11" font-size="11">${(highest / (slot / 1000)).toFixed(0)} per second</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${height + 20}" role="img" aria-label="operations per second over time">${shades.join('')}${bars.join('')}${scale}</svg>`;
}

/** The recovery time after each fault, with the limit. */
function recoveries(strikes: readonly Strike[]): string {
  const row = 20;
  const left = 520;
  const longest = Math.max(35_000, ...strikes.map(({ recoveryMs = 60_000 }) => recoveryMs));
  const width = (ms: number) => (ms / longest) * (WIDTH - left - 60);
  const bars = strikes.map(({ name, recoveryMs }, index) => {
    const middle = index * row + 14;
    const size = width(recoveryMs ?? longest);
    const isLate = (recoveryMs ?? Infinity) > 30_000;
    return (
      `<text x="${left - 6}" y="${middle}" font-size="12" text-anchor="end">${index + 1}. ${text(name.length > 72 ? `${name.slice(0, 70)}…` : name)}</text>` +
      `<rect x="${left}" y="${middle - 10}" width="${Math.max(1, size).toFixed(1)}" height="12" fill="${isLate ? COLORS.unknown : COLORS.ok}"/>` +
      `<text x="${(left + size + 4).toFixed(1)}" y="${middle}" font-size="11">${recoveryMs === undefined ? 'never' : `${(recoveryMs / 1000).toFixed(1)} s`}</text>`
    );
  });
  const limit = left + width(30_000);
  const height = strikes.length * row + 6;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="recovery after each fault"><line x1="${limit.toFixed(1)}" x2="${limit.toFixed(1)}" y1="0" y2="${height}" stroke="#555" stroke-dasharray="4"/>${bars.join('')}</svg>`;
}

/** How many of the simulated runs reached each coverage point. */
function coverageChart({ coverage, runs }: Batch): string {
  const row = 18;
  const left = 520;
  const bars = coveragePoints.map((point, index) => {
    const middle = index * row + 13;
    const size = (coverage[point] / Math.max(1, runs)) * (WIDTH - left - 80);
    return (
      `<text x="${left - 6}" y="${middle}" font-size="11" text-anchor="end">${text(point)}</text>` +
      `<rect x="${left}" y="${middle - 9}" width="${size.toFixed(1)}" height="11" fill="#4a6fa5"/>` +
      `<text x="${(left + size + 4).toFixed(1)}" y="${middle}" font-size="10">${coverage[point]}</text>`
    );
  });
  return `<svg viewBox="0 0 ${WIDTH} ${coveragePoints.length * row + 4}" role="img" aria-label="coverage of the simulation">${bars.join('')}</svg>`;
}

/** What caught each planted mistake, after how many runs. */
function plantedMistakes(planted: readonly Caught[]): string {
  if (planted.length === 0)
    return '<p>Not run yet on this machine. Run <code>make bugs</code>; the next report includes its result.</p>';
  const rows = planted.map(
    ({ name, title, caughtBy, runs }) =>
      `<tr><td>${text(name)}</td><td>${text(title)}</td><td>${runs}</td><td>${caughtBy === undefined ? '<b>nothing</b>' : text(caughtBy)}</td></tr>`,
  );
  return `<table><tr><th>mistake</th><th>what is wrong</th><th>runs</th><th>caught by</th></tr>
${rows.join('\n')}</table>`;
}

/** The report of a proof as one HTML page: what was tested, how often, and which invariants held. */
export function report({
  batch,
  from,
  broken,
  planted,
}: {
  batch: Batch;
  from: number;
  broken: Broken;
  planted: readonly Caught[];
}): string {
  const { history, verdicts, seconds } = broken;
  const { operations, strikes } = history;
  const kinds = new Set(strikes.map(({ name }) => name)).size;
  const count = (result: Result) => operations.filter((one) => one.result === result).length;
  const wrong = [...verdicts.flatMap((one) => one.broken), ...(batch.failure ? [batch.failure.violation] : [])];
  const slowest = Math.max(0, ...strikes.map(({ recoveryMs = 60_000 }) => recoveryMs));
  const rows = verdicts.map(({ invariant, checked, broken: lines }) => {
    const result =
      lines.length === 0 ? 'held' : `<b>${lines.length} violations</b><br>${lines.slice(0, 5).map(text).join('<br>')}`;
    return `<tr><td>${invariant}</td><td>${text(INVARIANTS[invariant] ?? '')}</td><td>${text(checked)}</td><td>${result}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ticketing: the proof</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
  table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top; }
  svg { width: 100%; height: auto; } .key span { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; }
</style>
<h1>Can a ticket be sold twice, or a buyer be charged for nothing?</h1>
<p>The marketplace guarantees that this never happens, whatever crashes, repeats, stalls or arrives late. This page shows how the run
of ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC tried to break that guarantee. Result: <b>${wrong.length === 0 ? 'every invariant held' : `${wrong.length} violations of invariants`}</b>.</p>
<ul>
<li>${batch.runs} simulated marketplaces, ${batch.simulatedHours.toFixed(1)} simulated hours, ${batch.steps} steps.</li>
<li>${operations.length} operations on the real marketplace in ${Math.round(seconds)} s, during ${strikes.length} faults of ${kinds} kinds.</li>
<li>Longest recovery: ${(slowest / 1000).toFixed(1)} s from the end of a fault until a ticket could be listed, ordered and paid for again.</li>
</ul>
<h2>Invariants of the real marketplace</h2>
<p>Checked after the last fault, when everything had settled, by comparing the stores, the provider's ledger and the responses that users received.</p>
<table><tr><th></th><th>invariant</th><th>checked</th><th>result</th></tr>
${rows.join('\n')}</table>
<h2>Operations over time</h2>
<p>Two instances of each service, six buyers and two sellers who never pause. The background is dark during a fault and light until a purchase succeeds again.
<span class="key">${RESULTS.map((result) => `<span style="background:${COLORS[result]}"></span>${result} (${count(result)})`).join('')}</span>.
<i>ok</i>: done. <i>failed</i>: refused, for example because another buyer holds the ticket. <i>unknown</i>: no response, or one that leaves the outcome open.</p>
${timeline(operations, strikes)}
<h2>Recovery after each fault</h2>
<p>Time from the end of the fault to the next complete purchase. The dashed line is the limit of 30 s.</p>
${recoveries(strikes)}
<h2>Simulated runs</h2>
<p>Services, stores, bus and provider run in one process, where a seed determines time, randomness, delivery and crashes: ${batch.runs} runs from seed ${from} on
(${(batch.runs / batch.seconds).toFixed(1)} per second). ${batch.failure ? `<b>Seed ${text(batch.failure.seed)}: ${text(batch.failure.violation)}</b>` : 'No invariant was broken.'}
To trace one of them step by step: <code>make simulate SEED=${from}</code>. To repeat all: <code>make simulate RUNS=${batch.runs} FROM=${from}</code>.
How many runs reached each coverage point:</p>
${coverageChart(batch)}
<h2>Planted mistakes</h2>
<p>Would these checks notice a mistake? Known mistakes are planted one at a time in a copy of the sources (<code>make bugs</code>).</p>
${plantedMistakes(planted)}
</html>
`;
}
