import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { events } from '@ticketing/common';
import { register } from 'prom-client';
import { parse as parseYaml } from 'yaml';
import '../../core/src/mongo/pool-metrics.ts';
import { createHealth } from '../../runtime/src/health.ts';
import '../../expiration/src/metrics.ts';
import '../../orders/src/metrics.ts';
import '../../payments/src/metrics.ts';
import '../../payments/src/provider/measured.ts';
import { root, run } from '../local/tools.ts';

const folder = path.join(root, 'infra/k8s/components');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}
const rulesOf = (text: string) => parseYaml(text) as { groups: { rules: Alert[] }[] };
const alertsFile = 'infra/k8s/components/observability-annotations/alerts.yaml';
const alerts = rulesOf(read(alertsFile)).groups.flatMap(({ rules }) => rules);

interface Panel {
  id: number;
  title: string;
  targets: { refId: string; expr: string }[];
  gridPos: Record<'x' | 'y' | 'w' | 'h', number>;
}
interface Dashboard {
  uid: string;
  templating: { list: { query: string }[] };
  panels: Panel[];
}
const dashboards = ['marketplace', 'services'].map(
  (name) => JSON.parse(readFileSync(path.join(folder, 'dashboards', `${name}.json`), 'utf8')) as Dashboard,
);

/** Every series that the services export. */
async function exported(): Promise<Set<string>> {
  // It adds those of the process.
  createHealth();
  return new Set(
    (await register.getMetricsAsJSON()).flatMap(({ name, type }) =>
      String(type) === 'histogram' ? ['', '_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name],
    ),
  );
}

/** The names of series in a PromQL expression: what is followed by a selector, a range, or nothing that names something else. */
function seriesIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|on|without) ?\([^)]*\)|\bgroup_left\b/g, '');
  return [...bare.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b(?!\s*\()|\b(?:up|timers)\b/g)].map(([name]) => name);
}

/** Those of Prometheus itself and of the kubelet. */
const foreign = /^(up$|kubelet_)/;

it('every metric in the alerts and on the dashboards is one that the services have', async () => {
  const names = await exported();
  const panels = dashboards.flatMap(({ panels: all }) => all.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  const queries = dashboards.flatMap(({ templating }) =>
    templating.list.flatMap(({ query }) => /^label_values\((\w+),/.exec(query)?.[1] ?? []),
  );
  const used = [...alerts.map(({ expr }) => expr), ...panels].map((expr) => ({ expr, series: seriesIn(expr) }));
  expect(used.filter(({ series }) => series.length === 0)).toEqual([]);
  const unknown = [...used.flatMap(({ series }) => series), ...queries].filter(
    (name) => !names.has(name) && !foreign.test(name),
  );
  expect(queries.length).toBeGreaterThan(0);
  expect(unknown).toEqual([]);
});

describe('the alerts', () => {
  it('are valid, fire when they should, and none fires at rest', async () => {
    const tests = path.join(folder, 'observability-annotations/alerts.test.yaml');
    await run('promtool', ['check', 'rules', path.join(root, alertsFile)]);
    await run('promtool', ['test', 'rules', tests]);
  });

  it('all have a test in which they fire, and one at rest in which they do not', () => {
    type Expected = { alertname: string; exp_alerts?: unknown[] };
    const { tests } = parseYaml(read('infra/k8s/components/observability-annotations/alerts.test.yaml')) as {
      tests: { name: string; alert_rule_test: Expected[] }[];
    };
    const names = alerts.map(({ alert }) => alert).sort();
    const atRest = tests.find(({ name }) => name === 'at rest no alert fires')?.alert_rule_test ?? [];
    const firing = tests
      .flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ exp_alerts }) => exp_alerts?.length);
    expect(atRest.map(({ alertname }) => alertname).sort()).toEqual(names);
    expect(atRest.filter(({ exp_alerts }) => exp_alerts?.length)).toEqual([]);
    expect(firing.map(({ alertname }) => alertname).sort()).toEqual(names);
  });

  it('have a severity, and a runbook that exists', () => {
    const anchors = [...read('docs/runbooks.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    const wrong = alerts.filter(
      ({ labels, annotations }) =>
        !['critical', 'warning'].includes(labels.severity) ||
        !anchors.some((anchor) => annotations.runbook === `docs/runbooks.md#${anchor}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a dashboard', () => {
  it.each(dashboards)('$uid has panels of their own ids and places, each with an expression', ({ panels }) => {
    expect(panels.length).toBeGreaterThan(10);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('has only expressions that Prometheus can parse', async () => {
    const rules = dashboards.flatMap(({ panels }) =>
      panels.flatMap(({ targets }) =>
        targets.map(({ expr }) => ({
          record: 'panel',
          expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*'),
        })),
      ),
    );
    const groups = rules.map((rule, index) => ({ name: `panel ${index}`, rules: [rule] }));
    const temporary = mkdtempSync(path.join(tmpdir(), 'panels-'));
    try {
      writeFileSync(path.join(temporary, 'rules.yaml'), JSON.stringify({ groups }));
      await run('promtool', ['check', 'rules', '--lint=none', path.join(temporary, 'rules.yaml')]);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
});

describe('docs/observability.md', () => {
  const page = read('docs/observability.md');
  /** The first two columns of the tables in a section. */
  const rows = (heading: string): string[][] =>
    [...(page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm)].map(
      ([, first = '', second = '']) => [first, second],
    );

  it('lists every metric of the services, with what it is', async () => {
    createHealth();
    const own = (await register.getMetricsAsJSON())
      .filter(({ name }) => !/^(process|nodejs)_/.test(name) || name === 'nodejs_eventloop_utilization')
      .map(({ name, help }) => [name, help]);
    expect(rows('Metrics').sort()).toEqual(own.sort());
  });

  it('lists every alert, with its severity', () => {
    expect(rows('Alerts').sort()).toEqual(alerts.map(({ alert, labels }) => [alert, labels.severity]).sort());
  });
});

it('the label of an event in an alert test is the name of one', () => {
  const named = [...read(alertsFile.replace('.yaml', '.test.yaml')).matchAll(/event="([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect(named.filter((name) => !(name !== undefined && name in events))).toEqual([]);
});
