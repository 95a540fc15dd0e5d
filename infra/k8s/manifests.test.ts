import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { services } from '../../scripts/services.ts';
import { validate } from '../local/kubernetes-validate.ts';
import { bytes, edges, nameOf, parse, render, selects, workloads } from './manifests.ts';
import type { Container, Resource, Workload } from './manifests.ts';

const overlays = ['dev', 'hot', 'test', 'production', 'release'] as const;
/** The oldest and the newest supported Kubernetes. */
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

/** The violations of a check in all containers of an overlay, as `workload/container: violation`. */
const violations = (overlay: keyof typeof rendered, check: (container: Container, workload: Workload) => string[]) =>
  workloads(rendered[overlay].resources).flatMap((workload) =>
    containersOf(workload).flatMap((container) =>
      check(container, workload).map((what) => `${nameOf(workload)}/${container.name}: ${what}`),
    ),
  );

const ofKind = (overlay: keyof typeof rendered, kind: string) =>
  rendered[overlay].resources.filter((one) => one.kind === kind);

describe.each(overlays)('the overlay %s', (overlay) => {
  it.each(versions)('has only fields that Kubernetes %s knows', async (kubernetes) => {
    await validateText(rendered[overlay].yaml, kubernetes);
  });

  it('probes every container of Deployments and StatefulSets', () => {
    const missing = violations(overlay, (container, { kind }) =>
      kind === 'Job'
        ? []
        : (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).filter((probe) => !container[probe]),
    );
    expect(missing).toEqual([]);
  });

  it('gives every container requests and limits', () => {
    const missing = violations(overlay, ({ resources }) =>
      (['requests', 'limits'] as const).flatMap((which) =>
        (['cpu', 'memory'] as const).filter((what) => !resources?.[which]?.[what]).map((what) => `${which} ${what}`),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('restricts every container', () => {
    const wrong = violations(overlay, ({ securityContext = {} }, { spec }) => {
      const pod = spec.template.spec.securityContext ?? {};
      const rules = {
        runAsNonRoot: pod['runAsNonRoot'] === true && Number(pod['runAsUser']) > 0,
        seccompProfile: (pod['seccompProfile'] as { type?: string } | undefined)?.type === 'RuntimeDefault',
        allowPrivilegeEscalation: securityContext['allowPrivilegeEscalation'] === false,
        capabilities: securityContext.capabilities?.drop?.join() === 'ALL',
        // Skaffold copies edits into the containers of this overlay.
        readOnlyRootFilesystem: overlay === 'hot' || securityContext['readOnlyRootFilesystem'] === true,
      };
      return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
    });
    expect(wrong).toEqual([]);
  });

  it('pins every image', () => {
    const pinned = overlay === 'release' ? /@sha256:[0-9a-f]{64}$/ : /^ticketing\/[a-z]+$|:v?\d+(\.\d+)?[\w.-]*$/;
    expect(violations(overlay, ({ image }) => (pinned.test(image) ? [] : [image]))).toEqual([]);
  });

  it('gives a token for the Kubernetes API only to the pod that generates the session keys', () => {
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
    const literals = violations(overlay, ({ env = [] }) =>
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

  it('gives every Deployment a disruption budget, spread constraints and a graceful end', () => {
    const budgets = ofKind(overlay, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    const deployments = workloads(ofKind(overlay, 'Deployment'));
    expect(deployments.map(nameOf).sort()).toEqual(budgets.sort());
    for (const { spec } of deployments) {
      expect(spec.template.spec['topologySpreadConstraints']).toHaveLength(2);
      expect(spec.template.spec['terminationGracePeriodSeconds']).toBe(20);
      expect(spec.template.spec.containers[0]).toHaveProperty('lifecycle.preStop');
    }
  });

  it('has everything in one namespace that enforces the restricted standard', () => {
    const [namespace] = ofKind(overlay, 'Namespace');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const elsewhere = rendered[overlay].resources.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== namespace?.metadata.name,
    );
    expect(elsewhere).toEqual([]);
  });

  it('has no annotations for a particular ingress controller', () => {
    for (const { metadata } of ofKind(overlay, 'Ingress')) expect(metadata.annotations ?? {}).toEqual({});
  });

  it('denies every connection by default', () => {
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

  it.each(['dev', 'production'] as const)('of the overlay %s are those in the README', (overlay) => {
    const table = documented(`Connections of \`${overlay}\``);
    expect(table.length).toBeGreaterThan(10);
    expect(edges(rendered[overlay].resources)).toEqual(table);
  });
});

describe('the dev overlay', () => {
  it('requests at most 2 GiB of memory', () => {
    const requested = workloads(rendered.dev.resources)
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(containersOf)
      .reduce((sum, { resources }) => sum + bytes(resources?.requests?.memory ?? '0Mi'), 0);
    expect(requested).toBeLessThanOrEqual(2 * 2 ** 30);
  });
});

describe('the production overlay', () => {
  it('runs at least two replicas of each Deployment', () => {
    const scaled = new Map(
      ofKind('production', 'HorizontalPodAutoscaler').map(({ spec }) => [spec.scaleTargetRef?.name, spec.minReplicas]),
    );
    for (const { metadata, spec } of ofKind('production', 'Deployment')) {
      const least = scaled.get(metadata.name) ?? spec.replicas;
      expect({ name: metadata.name, least }).toEqual({ name: metadata.name, least: 2 });
      // A number of replicas would undo the autoscaler's at every apply.
      if (scaled.has(metadata.name)) expect(spec.replicas).toBeUndefined();
    }
  });

  it('has no store, no sandbox and no demo data', () => {
    expect(workloads(rendered.production.resources).map(nameOf).sort()).toEqual(
      [...services, 'client', 'router'].sort(),
    );
  });
});
