import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { kustomizeBinary } from '../local/kustomize.ts';
import { root, run } from '../local/tools.ts';

type Labels = Record<string, string>;

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: 'In'; values: string[] }[];
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  restartPolicy?: 'Always';
  envFrom?: { configMapRef?: { name: string } }[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  ports?: { name: string }[];
  volumeMounts?: { name: string; mountPath: string }[];
  startupProbe?: { httpGet?: { port: string } };
  livenessProbe?: { httpGet?: { port: string } };
  readinessProbe?: {
    exec?: { command: string[] };
    httpGet?: { port: string };
    periodSeconds?: number;
    failureThreshold?: number;
  };
  resources?: Record<'requests' | 'limits', Record<'cpu' | 'memory', string> | undefined>;
  securityContext?: Record<string, unknown> & { capabilities?: { drop?: string[] } };
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { port: number }[];
}

/** The parts of a resource that the tests use. */
export interface Resource {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  subjects?: { name: string; namespace?: string }[];
  spec: {
    replicas?: number;
    minReplicas?: number;
    selector?: Selector | Labels;
    scaleTargetRef?: { name: string };
    podSelector?: Selector;
    policyTypes?: string[];
    ingress?: Rule[];
    egress?: Rule[];
    template?: {
      metadata: { labels: Labels; annotations?: Labels };
      spec: Record<string, unknown> & {
        containers: Container[];
        initContainers?: Container[];
        volumes?: { name: string; emptyDir?: object; configMap?: { name: string } }[];
        automountServiceAccountToken?: boolean;
        serviceAccountName?: string;
        securityContext?: Record<string, unknown>;
      };
    };
  };
}

export type Workload = Resource & { spec: { template: NonNullable<Resource['spec']['template']> } };

/** Renders an overlay with kustomize, as YAML. Throws when it can't be built. */
export const render = async (overlay: string): Promise<string> =>
  run(await kustomizeBinary(), ['build', path.join(root, 'infra/k8s/overlays', overlay)]);

/** What a process has rendered: a rendering takes longer than what reads it, and its sources do not change in between. */
const renderings = new Map<string, Promise<string>>();

/** Renders an overlay with further components, as YAML, each combination once. Throws when it can't be built. */
export function renderWith(overlay: string, components: readonly string[]): Promise<string> {
  const key = [overlay, ...components].join();
  const rendering = renderings.get(key) ?? build(overlay, components);
  renderings.set(key, rendering);
  return rendering;
}

async function build(overlay: string, components: readonly string[]): Promise<string> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'manifests-')));
  const from = (what: string) => path.relative(folder, path.join(root, 'infra/k8s', what));
  try {
    const kustomization = {
      resources: [from(`overlays/${overlay}`)],
      components: components.map((name) => from(`components/${name}`)),
    };
    writeFileSync(path.join(folder, 'kustomization.yaml'), stringify(kustomization));
    return await run(await kustomizeBinary(), ['build', folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The resources in rendered YAML. */
export const parse = (yaml: string): Resource[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as Resource);

/** The resources that run pods. */
export const workloads = (resources: Resource[]): Workload[] =>
  resources.filter((one): one is Workload => ['Deployment', 'StatefulSet', 'Job'].includes(one.kind));

/** The name label of a workload's pods. */
export const nameOf = ({ spec }: Workload): string =>
  spec.template.metadata.labels['app.kubernetes.io/name'] ?? 'nameless';

/** True if a selector matches these labels. */
export function selects(selector: Selector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}

/** Where a peer of a NetworkPolicy is, unless it is a pod of the same namespace: `cluster` is any namespace. */
function elsewhere({ namespaceSelector, ipBlock }: Peer): string | undefined {
  if (ipBlock !== undefined) return ipBlock.cidr;
  if (namespaceSelector === undefined) return undefined;
  return namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? 'cluster';
}

/**
 * The connections that NetworkPolicies allow on both sides, as `from > to:port`. `cluster` is any pod of another namespace,
 * `anywhere` any address; a namespace or a range of addresses is given as it is.
 */
export function edges(resources: Resource[]): string[] {
  const all = workloads(resources);
  const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');
  const rules = (pod: Labels, direction: 'ingress' | 'egress'): Rule[] =>
    policies.filter(({ spec }) => selects(spec.podSelector ?? {}, pod)).flatMap(({ spec }) => spec[direction] ?? []);
  const admits = (peers: Peer[] | undefined, pod: Labels) =>
    peers?.some((peer) => elsewhere(peer) === undefined && selects(peer.podSelector ?? {}, pod)) ?? true;

  const found = new Set<string>();
  for (const to of all) {
    const toLabels = to.spec.template.metadata.labels;
    for (const { from, ports } of rules(toLabels, 'ingress')) {
      const sources = from?.map(elsewhere) ?? ['anywhere'];
      for (const { port } of ports) {
        for (const source of sources) if (source !== undefined) found.add(`${source} > ${nameOf(to)}:${port}`);
        for (const other of all) {
          const fromLabels = other.spec.template.metadata.labels;
          const mayGo = rules(fromLabels, 'egress').some(
            (rule) => rule.ports.some((one) => one.port === port) && admits(rule.to, toLabels),
          );
          const mayCome = sources.includes('cluster') || admits(from, fromLabels);
          if (mayGo && mayCome) found.add(`${nameOf(other)} > ${nameOf(to)}:${port}`);
        }
      }
    }
  }
  for (const from of all) {
    for (const { to, ports } of rules(from.spec.template.metadata.labels, 'egress')) {
      const ranges = to === undefined ? ['anywhere'] : to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []);
      for (const range of ranges) for (const { port } of ports) found.add(`${nameOf(from)} > ${range}:${port}`);
    }
  }
  return [...found].sort();
}

const UNITS = { Mi: 2 ** 20, Gi: 2 ** 30 } as const;

/** The bytes of a quantity such as `112Mi`. Throws for units other than Mi and Gi. */
export function bytes(quantity: string): number {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  if (amount === undefined) throw new Error(`not a quantity of memory: ${quantity}`);
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}
