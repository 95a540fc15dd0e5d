import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { validate } from '../local/kubernetes-validate.ts';
import { bytes, edges, nameOf, parse, render, selects, workloads } from './manifests.ts';
import type { Container, Resource, Workload } from './manifests.ts';

const overlays = ['dev', 'hot', 'test', 'production', 'release'] as const;
/** The oldest and the newest Kubernetes that the manifests are for. */
const versions = ['1.32', '1.37'];

const rendered = {} as Record<(typeof overlays)[number], { yaml: string; resources: Resource[] }>;

// The tools may have to be built or fetched first.
beforeAll(async () => {
  for (const overlay of overlays) {
    const yaml = await render(overlay);
    rendered[overlay] = { yaml, resources: parse(yaml) };
  }
  await validateText('apiVersion: v1\nkind: Namespace\nmetadata: { name: any }\n', '1.37');
}, 300_000);

async function validateText(yaml: string, kubernetes: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'manifests-'));
  try {
    writeFileSync(path.join(folder, 'all.yaml'), yaml);
    await validate(path.join(folder, 'all.yaml'), kubernetes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const containersOf = ({ spec }: Workload): Container[] => [
  ...spec.template.spec.containers,
  ...(spec.template.spec.initContainers ?? []),
];

/** Every container of an overlay for which a check finds something to say, as `workload/container: what`. */
const complaints = (overlay: keyof typeof rendered, check: (container: Container, workload: Workload) => string[]) =>
  workloads(rendered[overlay].resources).flatMap((workload) =>
    containersOf(workload).flatMap((container) =>
      check(container, workload).map((what) => `${nameOf(workload)}/${container.name}: ${what}`),
    ),
  );

const ofKind = (overlay: keyof typeof rendered, kind: string) =>
  rendered[overlay].resources.filter((one) => one.kind === kind);

describe.each(overlays)('the overlay %s', (overlay) => {
  it.each(versions)('has no field that Kubernetes %s does not know', async (kubernetes) => {
    await validateText(rendered[overlay].yaml, kubernetes);
  });

  it('probes every container that stays', () => {
    const missing = complaints(overlay, (container, { kind }) =>
      kind === 'Job'
        ? []
        : (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).filter((probe) => !container[probe]),
    );
    expect(missing).toEqual([]);
  });

  it('gives every container requests and limits', () => {
    const missing = complaints(overlay, ({ resources }) =>
      (['requests', 'limits'] as const).flatMap((which) =>
        (['cpu', 'memory'] as const).filter((what) => !resources?.[which]?.[what]).map((what) => `${which} ${what}`),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('restricts every container', () => {
    const wrong = complaints(overlay, ({ securityContext = {} }, { spec }) => {
      const pod = spec.template.spec.securityContext ?? {};
      const rules = {
        runAsNonRoot: pod['runAsNonRoot'] === true && Number(pod['runAsUser']) > 0,
        seccompProfile: (pod['seccompProfile'] as { type?: string } | undefined)?.type === 'RuntimeDefault',
        allowPrivilegeEscalation: securityContext['allowPrivilegeEscalation'] === false,
        capabilities: securityContext.capabilities?.drop?.join() === 'ALL',
        // Skaffold copies what is edited into those that are to run it.
        readOnlyRootFilesystem: overlay === 'hot' || securityContext['readOnlyRootFilesystem'] === true,
      };
      return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
    });
    expect(wrong).toEqual([]);
  });

  it('pins every image', () => {
    const pinned = overlay === 'release' ? /@sha256:[0-9a-f]{64}$/ : /^ticketing\/[a-z]+$|:v?\d+(\.\d+)?[\w.-]*$/;
    expect(complaints(overlay, ({ image }) => (pinned.test(image) ? [] : [image]))).toEqual([]);
  });

  it('gives no pod the means to talk to Kubernetes but the one that makes the session keys', () => {
    const may = workloads(rendered[overlay].resources).filter(
      ({ spec }) => spec.template.spec.automountServiceAccountToken !== false,
    );
    expect(may.map(nameOf)).toEqual(overlay === 'production' || overlay === 'release' ? [] : ['secrets']);
  });

  it('holds no secret', () => {
    const { resources } = rendered[overlay];
    const secrets = resources.filter(({ kind, data, stringData }) => kind === 'Secret' && (data ?? stringData));
    expect(secrets).toEqual([]);
    const named = /(^|_)(KEYS?|SECRET|PASSWORD|TOKEN)(_|$)/;
    const literals = complaints(overlay, ({ env = [] }) =>
      env.filter(({ name, value }) => named.test(name) && value !== undefined).map(({ name }) => name),
    );
    expect(literals).toEqual([]);
    const configured = ofKind(overlay, 'ConfigMap').flatMap(({ data = {} }) =>
      Object.entries(data).filter(([name, value]) => named.test(name) || /:\/\/[^/\s]*:[^/\s]*@/.test(value)),
    );
    expect(configured).toEqual([]);
  });

  it('has every Service select exactly one workload', () => {
    const all = workloads(rendered[overlay].resources);
    for (const { metadata, spec } of ofKind(overlay, 'Service')) {
      const matchLabels = spec.selector as Record<string, string>;
      const selected = all.filter((one) => selects({ matchLabels }, one.spec.template.metadata.labels));
      expect({ service: metadata.name, selects: selected.map(nameOf) }).toEqual({
        service: metadata.name,
        selects: [metadata.name],
      });
    }
  });

  it('spreads, budgets and ends its Deployments with care', () => {
    const budgets = ofKind(overlay, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    const deployments = workloads(ofKind(overlay, 'Deployment'));
    expect(deployments.map(nameOf).sort()).toEqual(budgets.sort());
    for (const { spec } of deployments) {
      expect(spec.template.spec['topologySpreadConstraints']).toHaveLength(2);
      expect(spec.template.spec['terminationGracePeriodSeconds']).toBe(20);
      expect(spec.template.spec.containers[0]).toHaveProperty('lifecycle.preStop');
    }
  });

  it('enforces the restricted standard in its namespace, in which everything is', () => {
    const [namespace] = ofKind(overlay, 'Namespace');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const elsewhere = rendered[overlay].resources.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== namespace?.metadata.name,
    );
    expect(elsewhere).toEqual([]);
  });

  it('depends on no particular ingress controller', () => {
    for (const { metadata } of ofKind(overlay, 'Ingress')) expect(metadata.annotations ?? {}).toEqual({});
  });

  it('denies every connection that is not allowed by name', () => {
    const [deny] = ofKind(overlay, 'NetworkPolicy').filter(({ metadata }) => metadata.name === 'default-deny');
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });
});

describe('connections', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');
  const documented = (heading: string): string[] => {
    const [section = ''] = (readme.split(`\n### ${heading}\n`)[1] ?? '').split(/\n##+ /);
    const rows = [...section.matchAll(/^\| (\w[^|]*?) +\| ([^|]+?) +\|$/gm)].filter(([, from]) => from !== 'from');
    return rows
      .flatMap(([, from = '', to = '']) => to.split(', ').map((one) => `${from} > ${one.replaceAll('`', '')}`))
      .sort();
  };

  it.each(['dev', 'production'] as const)('of the overlay %s are those of the table', (overlay) => {
    const table = documented(`Connections of \`${overlay}\``);
    expect(table.length).toBeGreaterThan(10);
    expect(edges(rendered[overlay].resources)).toEqual(table);
  });
});

describe('the dev overlay', () => {
  it('asks for at most 2 GiB of memory', () => {
    const requested = workloads(rendered.dev.resources)
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(containersOf)
      .reduce((sum, { resources }) => sum + bytes(resources?.requests?.memory ?? '0Mi'), 0);
    expect(requested).toBeLessThanOrEqual(2 * 2 ** 30);
  });
});

describe('the production overlay', () => {
  it('runs at least two of each', () => {
    const scaled = new Map(
      ofKind('production', 'HorizontalPodAutoscaler').map(({ spec }) => [spec.scaleTargetRef?.name, spec.minReplicas]),
    );
    for (const { metadata, spec } of ofKind('production', 'Deployment')) {
      const least = scaled.get(metadata.name) ?? spec.replicas;
      expect({ name: metadata.name, least }).toEqual({ name: metadata.name, least: 2 });
      // A number beside an autoscaler would undo what it did at every apply.
      if (scaled.has(metadata.name)) expect(spec.replicas).toBeUndefined();
    }
  });

  it('brings no store, no sandbox and no demo data', () => {
    expect(workloads(rendered.production.resources).map(nameOf).sort()).toEqual(
      ['auth', 'client', 'expiration', 'orders', 'payments', 'router', 'tickets'].sort(),
    );
  });
});

describe('the routes', () => {
  it('of router, Ingress and HTTPRoute are made from one table', () => {
    const script = path.join(import.meta.dirname, 'routes.ts');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});
