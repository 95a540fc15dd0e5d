import {
  apiServices,
  busServices,
  entries,
  keysName,
  keysOf,
  mongoServices,
  routes,
  services,
} from '../../scripts/services.ts';
import type { Service } from '../../scripts/services.ts';

const PORT = 3000;
const nameLabel = (name: string) => ({ 'app.kubernetes.io/name': name });
const selector = (name: string) => ({ matchLabels: nameLabel(name) });

const kustomization = (content: object) => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  ...content,
});

const component = (content: object) => ({
  apiVersion: 'kustomize.config.k8s.io/v1alpha1',
  kind: 'Component',
  ...content,
});

const policy = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
});

const pods = (...names: string[]) => names.map((name) => ({ podSelector: selector(name) }));
const from = (names: readonly string[], port: number) => ({ from: pods(...names), ports: [{ port }] });
const to = (name: string, port: number) => ({ to: pods(name), ports: [{ port }] });
const namesIn = (names: readonly string[]) => ({
  matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: names }],
});

/** Deployment, Service and PodDisruptionBudget of a service; pods.yaml and probes.yaml add what all Deployments share. */
function workload(service: Service): object[] {
  const { config, memory } = entries[service];
  const env = [
    { name: 'INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...keysOf(entries[service]).map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: keysName(name), key: name } },
    })),
  ];
  const container = {
    name: 'app',
    image: `ticketing/${service}`,
    envFrom: ['common', ...config, service].map((name) => ({ configMapRef: { name } })),
    env,
    resources: { requests: { cpu: '50m', memory }, limits: { cpu: '1', memory: '256Mi' } },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: service, labels: { 'app.kubernetes.io/component': 'service' } },
      spec: {
        selector: selector(service),
        template: { metadata: { labels: nameLabel(service) }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service },
      spec: { selector: nameLabel(service), ports: [{ name: 'http', port: PORT, targetPort: 'http' }] },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: service },
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: selector(service) },
    },
  ];
}

const ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'ticketing' },
  spec: {
    rules: [
      {
        http: {
          paths: routes.map(({ prefix, service }) => ({
            path: prefix,
            pathType: 'Prefix',
            backend: { service: { name: service, port: { name: 'http' } } },
          })),
        },
      },
    ],
  },
};

const httpRoute = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'ticketing' },
  spec: {
    parentRefs: [{ name: 'ticketing', sectionName: 'https' }],
    rules: routes.map(({ prefix, service }) => ({
      matches: [{ path: { type: 'PathPrefix', value: prefix } }],
      backendRefs: [{ name: service, port: PORT }],
    })),
  },
};

/** Where visitors may connect to directly, through the edge. */
const exposed = routes.map(({ service }) => service);

/** The connections within every cluster: from the router to all that it routes to, from the pages to the router. */
const edges = [
  ...apiServices.map((service) =>
    policy(service, {
      podSelector: selector(service),
      ingress: [from(['router'], PORT)],
      policyTypes: ['Ingress'],
    }),
  ),
  policy('client', {
    podSelector: selector('client'),
    ingress: [from(['router'], PORT)],
    egress: [to('router', PORT)],
    policyTypes: ['Ingress', 'Egress'],
  }),
  policy('router', {
    podSelector: selector('router'),
    ingress: [from(['client'], PORT)],
    egress: exposed.map((name) => to(name, PORT)),
    policyTypes: ['Ingress', 'Egress'],
  }),
];

/** From any namespace, because that of the cluster's ingress controller is unknown here. */
const edge = policy('edge', {
  podSelector: namesIn(exposed),
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: PORT }] }],
});

const MONGODB_PORT = 27017;
/** Those of hosted clusters: Atlas also uses 27015 and 27016. */
const MONGODB_PORTS = [27015, 27016, MONGODB_PORT];
const NATS_PORT = 4222;
const REDIS_PORT = 6379;
const redisServices = services.filter((service) => entries[service].store === 'redis');

/** In dev each service has a MongoDB of its own; NATS Streaming and Redis are shared. */
const devPolicies = [
  ...services.map((service) =>
    policy(`${service}-stores`, {
      podSelector: selector(service),
      egress: [
        entries[service].store === 'mongodb' ? to(`${service}-mongo`, MONGODB_PORT) : to('redis', REDIS_PORT),
        ...(entries[service].bus ? [to('nats', NATS_PORT)] : []),
      ],
      policyTypes: ['Egress'],
    }),
  ),
  ...mongoServices.map((service) =>
    policy(`${service}-mongo`, {
      podSelector: selector(`${service}-mongo`),
      ingress: [from([service], MONGODB_PORT)],
      policyTypes: ['Ingress'],
    }),
  ),
  policy('nats', {
    podSelector: selector('nats'),
    ingress: [from(busServices, NATS_PORT)],
    policyTypes: ['Ingress'],
  }),
  policy('redis', {
    podSelector: selector('redis'),
    ingress: [from(redisServices, REDIS_PORT)],
    policyTypes: ['Ingress'],
  }),
];

const devSettings = services.map((service) => ({
  name: service,
  behavior: 'merge',
  literals: [
    ...(entries[service].bus ? [`NATS_URL=nats://nats:${NATS_PORT}`] : []),
    entries[service].store === 'mongodb'
      ? `MONGO_URL=mongodb://${service}-mongo:${MONGODB_PORT}/ticketing-${service}`
      : `REDIS_URL=redis://redis:${REDIS_PORT}`,
  ],
}));

const devMongo = Object.fromEntries(
  mongoServices.map((service) => [
    `overlays/dev/services/${service}-mongo/kustomization.yaml`,
    kustomization({
      namePrefix: `${service}-`,
      labels: [{ pairs: nameLabel(`${service}-mongo`), includeSelectors: true }],
      resources: ['../../mongo'],
    }),
  ]),
);

const autoscaler = (service: Service) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: service },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: service },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '600m' } },
      },
    ],
  },
});

const storePolicy = (name: string, users: readonly Service[], ports: readonly number[]) =>
  policy(name, {
    podSelector: namesIn(users),
    policyTypes: ['Egress'],
    egress: [{ ports: ports.map((port) => ({ port })) }],
  });

/** In production the stores are outside of the cluster, at addresses that are unknown here. */
const productionPolicies = [
  storePolicy('mongodb', mongoServices, MONGODB_PORTS),
  storePolicy('nats-streaming', busServices, [NATS_PORT]),
  storePolicy('redis', redisServices, [REDIS_PORT]),
];

const secretOf = (service: Service) => ({
  target: { kind: 'Deployment', name: service },
  patch: JSON.stringify([
    { op: 'add', path: '/spec/template/spec/containers/0/envFrom/-', value: { secretRef: { name: service } } },
  ]),
});

/** The manifests that follow from the list of services: file in infra/k8s → its resource or resources. */
export const manifests: Readonly<Record<string, object | object[]>> = {
  'base/services/kustomization.yaml': kustomization({
    resources: services.map((service) => `${service}.yaml`),
    configMapGenerator: services.map((name) => ({ name })),
  }),
  ...Object.fromEntries(services.map((service) => [`base/services/${service}.yaml`, workload(service)])),
  'base/network/edges.yaml': edges,
  'components/edge/kustomization.yaml': component({ resources: ['network.yaml'] }),
  'components/edge/network.yaml': edge,
  'components/ingress/ingress.yaml': ingress,
  'components/gateway/http-route.yaml': httpRoute,
  'overlays/dev/services/kustomization.yaml': component({
    resources: [...mongoServices.map((service) => `${service}-mongo`), 'network.yaml'],
    configMapGenerator: devSettings,
  }),
  'overlays/dev/services/network.yaml': devPolicies,
  ...devMongo,
  'overlays/production/services/kustomization.yaml': component({
    resources: ['autoscaling.yaml', 'network.yaml'],
    patches: services.map(secretOf),
  }),
  'overlays/production/services/autoscaling.yaml': apiServices.map(autoscaler),
  'overlays/production/services/network.yaml': productionPolicies,
};

/** The router's setting ROUTES in a cluster. */
export const routerTable = JSON.stringify(
  routes.map(({ prefix, service }) => ({ prefix, targets: [`http://${service}:${PORT}`] })),
);
