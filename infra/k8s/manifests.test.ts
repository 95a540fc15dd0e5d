import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { events } from '@ticketing/common';
import { parse as parseYaml } from 'yaml';
import { jetStreamConf, passwordVariable } from '../../scripts/bus-rights.ts';
import { busServices, mongoServices, services } from '../../scripts/services.ts';
import { goProgram } from '../local/go-program.ts';
import { validate } from '../local/kubernetes-validate.ts';
import { natsServerProgram } from '../local/nats-server.ts';
import { root, run } from '../local/tools.ts';
import { bytes, edges, nameOf, parse, render, renderWith, selects, workloads } from './manifests.ts';
import type { Container, Resource, Selector, Workload } from './manifests.ts';

const overlays = ['dev', 'hot', 'test', 'local-ha', 'production', 'release'] as const;
/** The oldest and the newest supported Kubernetes. */
const versions = ['1.32', '1.37'];

const adminPort = 9000;
/** All that Prometheus scrapes and that records spans. */
const observed = [...services, 'client', 'router'];

type Skaffold = {
  build: { artifacts: { image: string; sync?: { manual: { src: string; dest: string }[] } }[] };
  manifests: { hooks: unknown };
  portForward: { namespace: string }[];
  profiles: {
    name: string;
    manifests: { kustomize: { paths: string[] }; hooks?: unknown };
    patches?: { path: string; value?: string }[];
  }[];
};
const skaffold = parseYaml(readFileSync(path.join(root, 'skaffold.yaml'), 'utf8')) as Skaffold;

/** The folders of a container into which skaffold copies edits, by image. */
const synced = new Map(
  skaffold.build.artifacts.flatMap(({ image, sync }) =>
    sync ? [[image, sync.manual.map(({ src, dest }) => path.join(dest, src.replace(/\/\*\*.*/, '')))] as const] : [],
  ),
);

const rendered = {} as Record<(typeof overlays)[number], { yaml: string; resources: Resource[] }>;

// The tools may have to be built or fetched first.
beforeAll(async () => {
  for (const overlay of overlays) {
    const yaml = await render(overlay);
    rendered[overlay] = { yaml, resources: parse(yaml) };
  }
  await validateText('apiVersion: v1\nkind: Namespace\nmetadata: { name: any }\n', '1.37');
});

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

describe('all overlays together', () => {
  it.each(versions)('have only fields that Kubernetes %s knows', async (kubernetes) => {
    await validateText(distinct(), kubernetes);
  });
});

/** Every resource of every overlay once, as YAML: most differ by their namespace only, and validation is slow. */
function distinct(): string {
  const texts = Object.values(rendered).flatMap(({ resources }) =>
    resources.map(({ metadata: { namespace: _, ...metadata }, ...rest }) => JSON.stringify({ ...rest, metadata })),
  );
  return [...new Set(texts)].join('\n---\n');
}

describe.each(overlays)('the overlay %s', (overlay) => {
  it('probes every container of Deployments and StatefulSets, but restarts none that runs the sources', () => {
    const wrong = violations(overlay, (container, { kind, spec }) => {
      if (kind === 'Job' || !spec.template.spec.containers.includes(container)) return [];
      const isRestarted = overlay !== 'hot' || !synced.has(container.image);
      const expected = { startupProbe: isRestarted, livenessProbe: isRestarted, readinessProbe: true };
      return Object.keys(expected).filter((probe) => probe in container !== expected[probe as keyof typeof expected]);
    });
    expect(wrong).toEqual([]);
  });

  it('lets a service that was ready keep its requests when its store is down for hours', () => {
    const impatient = workloads(ofKind(overlay, 'Deployment'))
      .filter(({ metadata }) => services.some((service) => service === metadata.name))
      .filter(({ spec }) => {
        const { periodSeconds = 0, failureThreshold = 0 } = spec.template.spec.containers[0]?.readinessProbe ?? {};
        return periodSeconds * failureThreshold < 24 * 3600;
      });
    expect(impatient.map(nameOf)).toEqual([]);
  });

  it('probes services on their admin port, which no pod of the marketplace and no visitor can reach', () => {
    const deployments = workloads(ofKind(overlay, 'Deployment'));
    const probed = deployments.filter(({ spec }) => {
      const { startupProbe, livenessProbe, readinessProbe } = spec.template.spec.containers[0] ?? {};
      const ports = [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe?.httpGet?.port ?? []);
      return ports.length > 0 && ports.every((port) => port === 'admin');
    });
    expect(probed.map(nameOf).sort()).toEqual([...services].sort());
    expect(edges(rendered[overlay].resources).filter((edge) => edge.endsWith(`:${adminPort}`))).toEqual([]);
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
    const pinned = overlay === 'release' ? /@sha256:[0-9a-f]{64}$/ : /^ticketing\/[a-z-]+$|:v?\d+(\.\d+)?[\w.-]*$/;
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
      Object.entries(data).filter(([name, value]) => named.test(name) || /:\/\/[^/\s]*:(?!\$\{)[^/\s]*@/.test(value)),
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

  it('gives every Deployment and every StatefulSet of several pods a disruption budget, and each Deployment spread constraints and a graceful end', () => {
    const budgets = ofKind(overlay, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    const deployments = workloads(ofKind(overlay, 'Deployment'));
    const several = workloads(ofKind(overlay, 'StatefulSet')).filter(({ spec }) => (spec.replicas ?? 1) > 1);
    expect(budgets.sort()).toEqual([...deployments, ...several].map(nameOf).sort());
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

  it.each(['dev', 'local-ha', 'production'] as const)('of the overlay %s are those in the README', (overlay) => {
    const table = documented(`Connections of \`${overlay}\``);
    expect(table.length).toBeGreaterThan(10);
    expect(edges(rendered[overlay].resources)).toEqual(table);
  });
});

describe('the components for other clusters', () => {
  const visited = ['auth', 'tickets', 'orders', 'payments', 'client'].map((name) => `${name}:3000`);
  const reached = (sources: string[], targets: string[]) =>
    sources.flatMap((source) => targets.map((target) => `${source} > ${target}`));
  const added: Record<string, string[]> = {
    'edge-private': reached(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'], visited),
    'edge-google': reached(['130.211.0.0/22', '35.191.0.0/16'], visited),
    'node-local-dns': reached(observed, ['169.254.20.10/32:53']),
    prometheus: reached(
      ['monitoring'],
      observed.map((name) => `${name}:${adminPort}`),
    ),
    // Its solver is no workload of ours.
    'cert-manager': [],
    jetstream: [...reached(busServices, ['jetstream:4222']), 'jetstream > jetstream:6222'],
  };

  it('add exactly the connections that they are for', async () => {
    const before = edges(rendered.production.resources);
    for (const [component, expected] of Object.entries(added)) {
      const after = edges(parse(await renderWith('production', [component])));
      expect({ component, added: after.filter((edge) => !before.includes(edge)) }).toEqual({
        component,
        added: expected.sort(),
      });
      expect(after).toEqual(expect.arrayContaining(before));
    }
  });

  it('have only fields that Kubernetes knows, all together, and admit the solver of cert-manager', async () => {
    const yaml = await renderWith('production', Object.keys(added));
    await validateText(yaml, '1.37');
    const solver = { 'acme.cert-manager.io/http01-solver': 'true' };
    const admitted = parse(yaml)
      .filter(({ kind, spec }) => kind === 'NetworkPolicy' && selects(spec.podSelector ?? {}, solver))
      .flatMap(({ spec }) => spec.ingress ?? []);
    expect(admitted).toEqual([{ ports: [{ port: 8089 }] }]);
  });
});

describe('the component jetstream', () => {
  let resources: Resource[];
  const find = (kind: string, name: RegExp): Resource => {
    const found = resources.find((one) => one.kind === kind && name.test(one.metadata.name));
    if (!found) throw new Error(`There is no ${kind} ${name.source}.`);
    return found;
  };
  const setting = (name: string) =>
    new RegExp(`^ *${name}: (.*)$`, 'm').exec(find('ConfigMap', /^jetstream-/).data?.['nats.conf'] ?? '')?.[1];
  const environment = (name: string) =>
    workloads(resources).find((one) => one.metadata.name === name)?.spec.template.spec.containers[0]?.env ?? [];
  beforeAll(async () => {
    resources = parse(await renderWith('production', ['jetstream']));
  });

  it('runs as many servers as keep each message, which sync it before they acknowledge it', () => {
    const { data } = find('ConfigMap', /^bus-/);
    const { spec } = find('StatefulSet', /^jetstream$/);
    expect({ bus: data?.['BUS'], replicas: data?.['NATS_REPLICAS'], servers: spec.replicas }).toEqual({
      ...{ bus: 'jetstream', replicas: '3', servers: 3 },
    });
    expect(setting('sync_interval')).toBe('always');
  });

  it('has room for all streams on each volume', () => {
    const driver = readFileSync(path.join(root, 'core/src/bus/jetstream.ts'), 'utf8');
    const stream = Number(/MAX_BYTES = ([\d_]+)/.exec(driver)?.[1]?.replaceAll('_', ''));
    const nouns = new Set(Object.keys(events).map((name) => name.split(':')[0]));
    const { volumeClaimTemplates } = find('StatefulSet', /^jetstream$/).spec as unknown as {
      volumeClaimTemplates: { spec: { resources: { requests: { storage: string } } } }[];
    };
    const volume = bytes(volumeClaimTemplates[0]?.spec.resources.requests.storage ?? '0Mi');
    expect(nouns.size * stream).toBeLessThan(Number(setting('max_file_store')));
    expect(Number(setting('max_file_store'))).toBeLessThan(0.75 * volume);
  });

  it('has a configuration that the server accepts', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'jetstream-'));
    try {
      for (const [name, text] of Object.entries(find('ConfigMap', /^jetstream-/).data ?? {}))
        writeFileSync(path.join(folder, name), text);
      const { binary } = await goProgram(natsServerProgram, process.env);
      const output = await run(binary, ['-t', '-c', path.join(folder, 'nats.conf')], {
        env: Object.fromEntries(environment('jetstream').map(({ name, value = 'a-password' }) => [name, value])),
      });
      expect(output).toContain('configuration file');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('gives each service its own user, whose password no other service reads', () => {
    for (const service of busServices) {
      const env = environment(service).filter(({ name }) => name.startsWith('NATS_'));
      const hosts = [0, 1, 2].map((server) => `jetstream-${server}.jetstream:4222`);
      // A variable can only refer to those before it.
      expect(env).toEqual([
        { name: 'NATS_PASSWORD', valueFrom: { secretKeyRef: { name: 'jetstream', key: passwordVariable(service) } } },
        { name: 'NATS_URL', value: hosts.map((host) => `nats://${service}:$(NATS_PASSWORD)@${host}`).join() },
      ]);
    }
  });

  it('gives each user the rights that it has in `make start`', () => {
    const users = find('ConfigMap', /^jetstream-/).data?.['users.conf'] ?? '';
    const local = jetStreamConf({ operator: true, cluster: true });
    expect(users.split('\n').slice(1).join('\n')).toBe(local.slice(local.search(/^authorization/m)));
    const known = environment('jetstream').map(({ name }) => name);
    for (const [, variable] of users.matchAll(/\$(NATS_\w+)/g)) expect(known).toContain(variable);
  });

  it('runs on three nodes, of which one may be drained at a time, and no server is without a password', () => {
    expect(find('StatefulSet', /^jetstream$/).spec.template?.spec).toHaveProperty(
      'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.topologyKey',
      'kubernetes.io/hostname',
    );
    expect(find('PodDisruptionBudget', /^jetstream$/).spec).toMatchObject({ maxUnavailable: 1 });
    const routes = environment('jetstream').filter(({ name }) => name.startsWith('NATS_ROUTE_'));
    expect(routes.map(({ value }) => value)).toEqual(
      [0, 1, 2].map((server) => `nats-route://server:$(NATS_SERVER)@jetstream-${server}.jetstream:6222`),
    );
  });

  it('restricts its containers, pins their image and probes them', () => {
    const [one] = workloads([find('StatefulSet', /^jetstream$/)]);
    const { securityContext, containers, automountServiceAccountToken } = one?.spec.template.spec ?? { containers: [] };
    expect({ securityContext, automountServiceAccountToken }).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(containers).toHaveLength(1);
    expect(containers[0]).toMatchObject({
      image: `nats:${natsServerProgram.version}`,
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(containers[0]).toHaveProperty(probe);
  });
});

describe('the components for Prometheus and for traces', () => {
  const components = ['observability', 'observability-annotations'];
  const renderedWith = async (component: string) => parse(await renderWith('production', [component]));
  const scraped = observed.map((name) => `monitoring > ${name}:${adminPort}`).sort();

  it.each(components)(
    '%s lets Prometheus scrape every service, the pages and the router, and brings the dashboards',
    async (component) => {
      const resources = await renderedWith(component);
      const before = edges(rendered.production.resources);
      expect(edges(resources).filter((edge) => !before.includes(edge))).toEqual(scraped);
      const found = resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'dashboards');
      expect(found?.metadata.labels).toEqual({ grafana_dashboard: '1' });
      expect(Object.keys(found?.data ?? {})).toEqual(['marketplace.json', 'services.json']);
    },
  );

  it('observability has the operator scrape every admin port, and brings the alerts', async () => {
    const resources = await renderedWith('observability');
    const [monitor] = resources.filter(({ kind }) => kind === 'PodMonitor');
    const [rule] = resources.filter(({ kind }) => kind === 'PrometheusRule');
    expect(monitor?.spec).toMatchObject({ podMetricsEndpoints: [{ port: 'admin', path: '/metrics' }] });
    const selected = workloads(resources)
      .filter(({ spec }) => selects((monitor?.spec.selector ?? {}) as Selector, spec.template.metadata.labels))
      .filter(({ spec }) =>
        spec.template.spec.containers.some(({ ports }) => ports?.some(({ name }) => name === 'admin')),
      );
    expect(selected.map(nameOf).sort()).toEqual([...observed].sort());
    expect(JSON.stringify(rule?.spec)).toContain('"alert":"OrdersOverdue"');
  });

  it('tracing sends the spans of every service, of the pages and of the router to a collector that they may connect to', async () => {
    const resources = await renderedWith('tracing');
    const endpoints = resources.flatMap(({ kind, data = {} }) =>
      kind === 'ConfigMap' ? (data['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? []) : [],
    );
    // For the services, for the pages, and for the router.
    expect(endpoints).toEqual(Array(3).fill('http://otel-collector.monitoring:4318'));
    const policies = resources.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'tracing');
    const from = workloads(resources).filter(({ spec: { template } }) =>
      policies.some(({ spec }) => selects(spec.podSelector ?? {}, template.metadata.labels)),
    );
    expect(from.map(nameOf).sort()).toEqual([...observed].sort());
    expect(policies.flatMap(({ spec }) => spec.egress ?? []).map(({ ports }) => ports)).toEqual([[{ port: 4318 }]]);
    expect(edges(resources)).toEqual(edges(rendered.production.resources));
  });

  it('observability-annotations annotates all pods with an admin port, and only those, and brings the alerts', async () => {
    const resources = await renderedWith('observability-annotations');
    const annotated = workloads(resources).filter(({ spec }) => {
      const annotations = spec.template.metadata.annotations ?? {};
      return annotations['prometheus.io/scrape'] === 'true' && annotations['prometheus.io/port'] === String(adminPort);
    });
    expect(annotated.map(nameOf).sort()).toEqual([...observed].sort());
    const alerts = resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'alerts');
    expect(alerts?.data?.['alerts.yaml']).toContain('alert: OrdersOverdue');
  });

  it('have only fields that Kubernetes knows', async () => {
    await validateText(await renderWith('production', ['observability-annotations', 'tracing']), '1.37');
  });
});

describe('the namespaces', () => {
  const namespaceOf = (overlay: keyof typeof rendered) => ofKind(overlay, 'Namespace')[0]?.metadata;

  it('of dev, test, local-ha and production are different, and each tells its overlay', () => {
    const found = overlays.map((overlay) => {
      const { name, labels } = namespaceOf(overlay) ?? {};
      return [overlay, name, labels?.['ticketing/overlay']];
    });
    expect(found).toEqual([
      ['dev', 'ticketing-dev', 'dev'],
      ['hot', 'ticketing-dev', 'hot'],
      ['test', 'ticketing-test', 'test'],
      ['local-ha', 'ticketing-local-ha', 'local-ha'],
      ['production', 'ticketing', 'production'],
      ['release', 'ticketing', 'production'],
    ]);
  });

  it('are those that skaffold checks before it applies or deletes anything, and from which it forwards ports', () => {
    const commands = [
      { overlay: 'dev', hooks: skaffold.manifests.hooks, forwarded: skaffold.portForward[0]?.namespace },
      ...(['dev', 'test', 'local-ha'] as const).map((name) => {
        const { manifests, patches = [] } = skaffold.profiles.find((one) => one.name === name) ?? {};
        const forward = patches.find((one) => one.path === '/portForward/0/namespace');
        return {
          overlay: path.basename(manifests?.kustomize.paths[0] ?? ''),
          hooks: manifests?.hooks,
          forwarded: forward?.value ?? skaffold.portForward[0]?.namespace,
        };
      }),
    ];
    for (const { overlay, hooks, forwarded } of commands) {
      const namespace = namespaceOf(overlay as keyof typeof rendered)?.name;
      expect({ overlay, hooks, forwarded }).toEqual({
        overlay,
        hooks: { before: [{ host: { command: ['sh', 'infra/k8s/own-namespace.sh', namespace, overlay] } }] },
        forwarded: namespace,
      });
    }
  });

  it('have the account that generates the session keys', () => {
    for (const overlay of ['dev', 'hot', 'test', 'local-ha'] as const) {
      const accounts = ofKind(overlay, 'RoleBinding').flatMap(({ subjects = [] }) => subjects);
      expect(accounts).toEqual([{ kind: 'ServiceAccount', name: 'secrets', namespace: namespaceOf(overlay)?.name }]);
    }
  });
});

describe('the hot overlay', () => {
  it('keeps everything that skaffold copies into a container in volumes, which outlast a restart of the container', () => {
    const unsafe = workloads(rendered.hot.resources).flatMap((workload) => {
      const { containers, volumes = [], initContainers = [] } = workload.spec.template.spec;
      return containers.flatMap(({ image, volumeMounts = [] }) =>
        (synced.get(image) ?? []).filter((folder) => {
          const mount = volumeMounts.find(({ mountPath }) => mountPath === folder);
          const isVolume = volumes.some(({ name, emptyDir }) => name === mount?.name && emptyDir !== undefined);
          const isFilled = initContainers.some(
            (one) => one.image === image && one.volumeMounts?.some(({ name }) => name === mount?.name),
          );
          return !isVolume || !isFilled;
        }),
      );
    });
    expect(unsafe).toEqual([]);
    expect(synced.size).toBe(services.length + 2);
  });
});

describe('the dev overlay', () => {
  it('gives NATS Streaming a volume that its channels can never fill', () => {
    const [nats] = workloads(rendered.dev.resources).filter((one) => nameOf(one) === 'nats');
    const args = nats?.spec.template.spec.containers[0]?.args ?? [];
    const setting = (name: string) => args[args.indexOf(name) + 1] ?? '';
    const size = (name: string) => bytes(setting(name).replace(/MB$/, 'Mi'));
    // A file of a channel is deleted as a whole.
    const store = Object.keys(events).length * (size('-max_bytes') + size('-file_slice_max_bytes'));
    expect(store).toBeLessThan(0.75 * 2 ** 30);
    expect(setting('-max_age')).toBe('720h');
  });

  it('requests at most 2 GiB of memory', () => {
    const requested = workloads(rendered.dev.resources)
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(containersOf)
      .reduce((sum, { resources }) => sum + bytes(resources?.requests?.memory ?? '0Mi'), 0);
    expect(requested).toBeLessThanOrEqual(2 * 2 ** 30);
  });
});

describe('the local-ha overlay', () => {
  const replicas = (kind: 'Deployment' | 'StatefulSet') =>
    Object.fromEntries(ofKind('local-ha', kind).map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  const one = (name: string, kind = 'StatefulSet') => {
    const found = workloads(ofKind('local-ha', kind)).find(({ metadata }) => metadata.name === name);
    if (!found) throw new Error(`There is no ${kind} ${name}.`);
    return found.spec.template.spec;
  };

  it('runs two of each service, and three servers of JetStream and of each MongoDB, but no NATS Streaming', () => {
    expect(replicas('Deployment')).toMatchObject(
      Object.fromEntries([...services, 'client', 'router'].map((name) => [name, 2])),
    );
    const three = ['jetstream', ...mongoServices.map((service) => `${service}-mongo`)];
    expect(replicas('StatefulSet')).toMatchObject(Object.fromEntries(three.map((name) => [name, 3])));
    expect(replicas('StatefulSet')).not.toHaveProperty('nats');
    expect(edges(rendered['local-ha'].resources).filter((edge) => /\bnats\b/.test(edge))).toEqual([]);
  });

  it('fits on one node: no rule keeps pods apart by force, and they request at most 4 GiB of memory', () => {
    const all = workloads(rendered['local-ha'].resources);
    expect(JSON.stringify(all)).not.toContain('requiredDuringScheduling');
    expect(JSON.stringify(all)).not.toContain('DoNotSchedule');
    for (const name of ['jetstream', 'auth-mongo'])
      expect(one(name)).toHaveProperty('affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution');
    const requested = all
      .filter(({ kind }) => kind !== 'Job')
      .flatMap((workload) =>
        containersOf(workload).map((container) => ({ container, of: workload.spec.replicas ?? 1 })),
      )
      .reduce((sum, { container, of }) => sum + of * bytes(container.resources?.requests?.memory ?? '0Mi'), 0);
    expect(requested).toBeLessThanOrEqual(4 * 2 ** 30);
  });

  it('connects each service to all members of its replica set, which a Job initiates', () => {
    for (const service of mongoServices) {
      const members = [0, 1, 2].map((index) => `${service}-mongo-${index}.${service}-mongo:27017`).join();
      const { env = [] } = one(service, 'Deployment').containers[0] ?? {};
      expect(env.find(({ name }) => name === 'MONGO_URL')?.value).toBe(
        `mongodb://${service}:$(MONGO_PASSWORD)@${members}/ticketing-${service}?replicaSet=ticketing`,
      );
      const { args = [] } = one(`${service}-mongo`).containers[0] ?? {};
      expect(args.slice(args.indexOf('--replSet')).slice(0, 2)).toEqual(['--replSet', 'ticketing']);
      expect(one(`${service}-mongo-set`, 'Job').containers[0]?.env).toEqual(
        expect.arrayContaining([
          { name: 'HOSTS', value: members },
          { name: 'REPLICA_SET', value: 'ticketing' },
        ]),
      );
      const [found] = ofKind('local-ha', 'Service').filter(({ metadata }) => metadata.name === `${service}-mongo`);
      expect(found?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    }
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
