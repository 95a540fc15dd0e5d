import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../../infra/local/tools.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { eventually } from './eventually.ts';

/** A process with metrics, by the name that its pod would have. */
interface Target {
  name: string;
  adminUrl: string;
}

const components = path.join(root, 'infra/k8s/components');
const read = (file: string): string => readFileSync(path.join(components, file), 'utf8');

/** Queries by what they are for: the panel of a dashboard and the letter of the query, or the name of an alert. */
type Queries = Record<string, string>;

/** The queries of all panels of the dashboards, for all namespaces and the last half minute. */
export const panelQueries: Queries = Object.fromEntries(
  ['marketplace', 'services'].flatMap((name) => {
    const { panels } = JSON.parse(read(`dashboards/${name}.json`)) as {
      panels: { title: string; targets: { refId: string; expr: string }[] }[];
    };
    return panels.flatMap(({ title, targets }) =>
      targets.map(({ refId, expr }) => [
        `${name}: ${title} ${refId}`,
        expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '30s'),
      ]),
    );
  }),
);

/** The conditions of all alerts, without the time for which they must hold. */
export const alertQueries: Queries = Object.fromEntries(
  (
    parse(read('observability-annotations/alerts.yaml')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    }
  ).groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr])),
);

/** The queries of the adapter for custom metrics, by which autoscalers work, for each pod. */
export const adapterQueries: Queries = Object.fromEntries(
  (
    parse(read('autoscaling/adapter.yaml')) as {
      rules: { custom: { seriesQuery: string; name: { as: string }; metricsQuery: string }[] };
    }
  ).rules.custom.map(({ seriesQuery, name, metricsQuery }) => [
    name.as,
    metricsQuery
      .replaceAll('<<.GroupBy>>', 'pod')
      .replaceAll('<<.LabelMatchers>>', 'namespace="ticketing"')
      .replaceAll('<<.Series>>', seriesQuery.replace(/\{.*/, '')),
  ]),
);

/** Starts Prometheus, which scrapes these processes each second with the labels that a cluster adds. `end` stops it and deletes its data. */
export async function startPrometheus(targets: readonly Target[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-prometheus-'));
  const url = `http://127.0.0.1:${await freePort(new Set())}`;
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'services',
        static_configs: targets.map(({ name, adminUrl }) => ({
          targets: [new URL(adminUrl).host],
          labels: { namespace: 'ticketing', pod: name },
        })),
      },
    ],
  };
  // YAML includes JSON.
  writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));
  const args = [
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
  ];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  /** The values of a query now. Throws when Prometheus refuses the query. */
  async function query(expression: string): Promise<number[]> {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
    const answer = (await response.json()) as { data?: { result: { value: [number, string] }[] }; error?: string };
    if (answer.data === undefined) throw new Error(`${expression}: ${String(answer.error)}`);
    return answer.data.result.map(({ value: [, value] }) => Number(value));
  }

  const isUp = async () => (await query('sum(up)').catch(() => []))[0];
  await Promise.race([failed, eventually(isUp, (count) => count === targets.length)]);

  return {
    query,
    /** The names of the queries with a number, or of those without one. */
    async named(queries: Queries, kind: 'with data' | 'without data'): Promise<string[]> {
      const found = await Promise.all(
        Object.entries(queries).map(async ([name, expression]) => {
          const hasData = (await query(expression)).some(Number.isFinite);
          return hasData === (kind === 'with data') ? [name] : [];
        }),
      );
      return found.flat();
    },
    async end() {
      process.off('exit', kill);
      const ended = new Promise((resolve) => child.once('close', resolve));
      kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
