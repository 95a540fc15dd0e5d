import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { events } from '@ticketing/common';
import { register } from 'prom-client';
import { parse as parseYaml, parseAllDocuments } from 'yaml';
import { apiServices, busServices, services } from '../../scripts/services.ts';
import { collectProcessMetrics } from '../../runtime/src/metrics.ts';
import { root, run } from '../local/tools.ts';
import { bytes, parse, renderWith } from './manifests.ts';
import type { Resource } from './manifests.ts';

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

// All files of services, shared packages and the router that declare metrics, which loading them registers.
beforeAll(async () => {
  const sources = globSync('{*/src,infra/local/router}/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && /\bnew (?:Counter|Gauge|Histogram)\(/.test(read(file)),
  );
  expect(sources.length).toBeGreaterThan(5);
  for (const file of sources) await import(path.join(root, file));
  collectProcessMetrics();
});

/** Every series that the processes export. */
async function exported(): Promise<Set<string>> {
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

it('every metric in the alerts and on the dashboards is one that the processes have', async () => {
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

  const expressionOf = (name: string) => alerts.find(({ alert }) => alert === name)?.expr ?? '';

  it('watch every process that Prometheus scrapes', () => {
    const [, pods = ''] = /pod=~"\((.*?)\)-/.exec(expressionOf('InstanceDown')) ?? [];
    expect(pods.split('|').sort()).toEqual([...services, 'client', 'router'].sort());
  });

  it('on memory fire at nine tenths of what the containers may use', () => {
    const limitOf = (file: string): number => {
      const [deployment] = parseAllDocuments(read(`infra/k8s/base/${file}.yaml`)).map((one) => one.toJS() as Resource);
      return bytes(deployment?.spec.template?.spec.containers[0]?.resources?.limits?.memory ?? '0Mi');
    };
    const limits = [...services.map((name) => `services/${name}`), 'client', 'router'].map(limitOf);
    const thresholds = [...expressionOf('MemoryHigh').matchAll(/> (\d+) \* 1024 \* 1024/g)].map(([, mb]) => Number(mb));
    expect(thresholds).toEqual([...new Set(limits)].map((limit) => Math.floor((0.9 * limit) / 2 ** 20)));
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

  it('lists every metric of the processes, with what it is', async () => {
    const own = (await register.getMetricsAsJSON())
      .filter(({ name }) => !/^(process|nodejs)_/.test(name) || name === 'nodejs_eventloop_utilization')
      .map(({ name, help }) => [name, help]);
    expect(rows('Metrics').sort()).toEqual(own.sort());
  });

  it('lists every alert, with its severity', () => {
    expect(rows('Alerts').sort()).toEqual(alerts.map(({ alert, labels }) => [alert, labels.severity]).sort());
  });
});

/** The rules of the adapter that serves custom metrics to autoscalers. */
const { rules: adapter } = parseYaml(read('infra/k8s/components/autoscaling/adapter.yaml')) as {
  rules: { custom: { seriesQuery: string; name: { as: string }; metricsQuery: string }[] };
};

describe('the custom metrics of autoscalers', () => {
  interface Autoscaler {
    kind: string;
    metadata: { name: string };
    spec: { metrics: { type: string; pods?: { metric: { name: string } } }[] };
  }
  const metricsOf = async (): Promise<Record<string, string[]>> => {
    const all = parse(await renderWith('production', ['autoscaling'])) as unknown as Autoscaler[];
    return Object.fromEntries(
      all
        .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
        .map(({ metadata, spec }) => [metadata.name, spec.metrics.map(({ type, pods }) => pods?.metric.name ?? type)]),
    );
  };

  it('are the event loop for every autoscaler, beside the processor, and the lag of events for consumers', async () => {
    const [loop, lag] = [['Resource', 'nodejs_eventloop_utilization'], 'event_lag_p95_seconds'];
    const consumers = apiServices.filter((name) => busServices.includes(name));
    expect(await metricsOf()).toEqual({
      ...{ client: loop, router: loop },
      ...Object.fromEntries(apiServices.map((name) => [name, [...loop, ...(consumers.includes(name) ? [lag] : [])]])),
    });
  });

  it('are those that the adapter serves, from metrics of the processes', async () => {
    const names = await exported();
    expect(adapter.custom.map(({ name }) => name.as).sort()).toEqual(
      [...new Set(Object.values(await metricsOf()).flat())].filter((name) => name !== 'Resource').sort(),
    );
    const series = adapter.custom.flatMap(({ seriesQuery }) => seriesIn(seriesQuery));
    expect(series.length).toBe(adapter.custom.length);
    expect(series.filter((name) => !names.has(name))).toEqual([]);
  });
});

it('the label of an event in an alert test is the name of one', () => {
  const named = [...read(alertsFile.replace('.yaml', '.test.yaml')).matchAll(/event="([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect(named.filter((name) => !(name !== undefined && name in events))).toEqual([]);
});
