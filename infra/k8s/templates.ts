import {
  apiServices,
  busServices,
  entries,
  keysName,
  keysOf,
  mongoServices,
  packages,
  routes,
  services,
} from '../../scripts/services.ts';
import { busUsers, jetStreamUsers, natsStreamingConf, passwordVariable } from '../../scripts/bus-rights.ts';
import { redisUsers } from '../../scripts/redis-rights.ts';
import type { Service } from '../../scripts/services.ts';

const PORT = 3000;
/** Metrics, and of services health, dead letters and resync: for the kubelet, Prometheus and operators. */
const ADMIN_PORT = 9000;
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
  const { bus, config, memory, route } = entries[service];
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
    envFrom: ['common', ...(route === null ? [] : ['edge', 'limits']), ...(bus ? ['bus'] : []), ...config, service].map(
      (name) => ({ configMapRef: { name } }),
    ),
    env,
    ports: [{ name: 'admin', containerPort: ADMIN_PORT }],
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

const ranges = (...cidrs: string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/** The NetworkPolicies for visitors, one for each way in which a controller connects: component → its peers. */
const edgePeers = {
  // A controller in a pod: from any namespace, because the controller's is unknown here.
  edge: [{ namespaceSelector: {} }],
  // A controller in the nodes' network, or a load balancer that connects to the pods' addresses from the cluster's network.
  'edge-private': ranges('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'),
  // Google's load balancers and their health checks.
  'edge-google': ranges('130.211.0.0/22', '35.191.0.0/16'),
};

const edgeComponents = Object.fromEntries(
  Object.entries(edgePeers).flatMap(([name, peers]) => [
    [`components/${name}/kustomization.yaml`, component({ resources: ['network.yaml'] })],
    [
      `components/${name}/network.yaml`,
      policy(name, {
        podSelector: namesIn(exposed),
        policyTypes: ['Ingress'],
        ingress: [{ from: peers, ports: [{ port: PORT }] }],
      }),
    ],
  ]),
);

/** All that Prometheus scrapes and that records spans. */
const observed = [...services, 'client', 'router'];

/** Prometheus, in the namespace where its operator's chart installs it. */
const prometheus = policy('prometheus', {
  podSelector: namesIn(observed),
  policyTypes: ['Ingress'],
  ingress: [
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: ADMIN_PORT }],
    },
  ],
});

/** What the Prometheus Operator scrapes. */
const podMonitor = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  metadata: { name: 'services' },
  spec: {
    selector: namesIn(observed),
    podMetricsEndpoints: [{ port: 'admin', path: '/metrics', interval: '30s' }],
  },
};

/** A PrometheusRule of the groups in a file of rules for Prometheus. */
export const prometheusRule = (rules: object) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'alerts' },
  spec: rules,
});

const OTLP_PORT = 4318;

/** Traces go to a collector, which is where Prometheus is. */
const tracing = policy('tracing', {
  podSelector: namesIn(observed),
  policyTypes: ['Egress'],
  egress: [
    {
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: OTLP_PORT }],
    },
  ],
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

/** The Secret with the passwords of the users of the stores and of the bus in dev, which the Job `secrets` generates. */
const PASSWORDS = 'store-passwords';
const REDIS_PASSWORD = 'REDIS_PASSWORD';
const password = (name: string, key: string, secret = PASSWORDS) => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

/** The keys in that Secret of a service's user of MongoDB, and of its MongoDB itself. */
const mongoPassword = (service: Service) => `MONGO_${service.toUpperCase()}`;
const mongoKey = (service: Service) => `MONGO_KEY_${service.toUpperCase()}`;
const mongoDatabase = (service: Service) => `ticketing-${service}`;

/** The login of a service in its MongoDB. */
const mongoLogin = (service: Service, hosts: string, options = '') => [
  password('MONGO_PASSWORD', mongoPassword(service)),
  {
    name: 'MONGO_URL',
    value: `mongodb://${service}:$(MONGO_PASSWORD)@${hosts}/${mongoDatabase(service)}${options}`,
  },
];

/** What makes the user of a service in its MongoDB: the login of MongoDB's own user, whose password is the key, and the service's. */
const mongoUser = (service: Service) => [
  password('MONGO_KEY', mongoKey(service)),
  { name: 'MONGO_USER', value: service },
  password('MONGO_PASSWORD', mongoPassword(service)),
  { name: 'MONGO_DATABASE', value: mongoDatabase(service) },
];

/** What the containers of the marketplace's own scripts may do. */
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * Makes the user of a service at each start of its MongoDB, beside the server; the pod is ready when that is done. In the image of the
 * service, because that of MongoDB has no driver.
 */
const usersContainer = (service: Service) => ({
  name: 'users',
  image: `ticketing/${service}`,
  restartPolicy: 'Always',
  // The shell stops at once on SIGTERM only while it waits.
  command: [
    ...['sh', '-c'],
    'trap "exit 0" TERM; node /users/users.mjs & wait $! && touch /tmp/made && { sleep infinity & wait; }',
  ],
  env: mongoUser(service),
  readinessProbe: { exec: { command: ['test', '-f', '/tmp/made'] }, periodSeconds: 2 },
  securityContext: restricted,
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  volumeMounts: [
    { name: 'users', mountPath: '/users' },
    { name: 'tmp', mountPath: '/tmp' },
  ],
});

/** Gives the MongoDB of a service its key, and the container that makes the user of the service. */
const withUsers = (service: Service) => ({
  target: { kind: 'StatefulSet', name: `${service}-mongo` },
  patch: JSON.stringify([
    { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: password('MONGO_KEY', mongoKey(service)) },
    { op: 'add', path: '/spec/template/spec/initContainers', value: [usersContainer(service)] },
  ]),
});

/** The names of all passwords that the Job `secrets` generates. */
const passwordNames = (options: { operator: boolean }) => ({
  name: 'PASSWORDS',
  value: [
    REDIS_PASSWORD,
    ...mongoServices.flatMap((service) => [mongoPassword(service), mongoKey(service)]),
    ...busUsers(options).map(passwordVariable),
  ].join(' '),
});

/** Adds values to a list of the container of a workload in dev, behind those that it has. */
const adding = (
  kind: 'Deployment' | 'StatefulSet' | 'Job',
  name: string,
  list: 'env' | 'command',
  values: unknown[],
) => ({
  target: { kind, name },
  patch: JSON.stringify(
    values.map((value) => ({ op: 'add', path: `/spec/template/spec/containers/0/${list}/-`, value })),
  ),
});

/** The login of each service: its own user on the bus, and in its store. */
const devLogins = [
  ...services.map((service) => {
    const { bus, store } = entries[service];
    return adding('Deployment', service, 'env', [
      ...(bus
        ? [
            password('NATS_PASSWORD', passwordVariable(service)),
            { name: 'NATS_URL', value: `nats://${service}:$(NATS_PASSWORD)@nats:${NATS_PORT}` },
          ]
        : []),
      ...(store === 'mongodb'
        ? mongoLogin(service, `${service}-mongo:${MONGODB_PORT}`)
        : [
            password(REDIS_PASSWORD, REDIS_PASSWORD),
            { name: 'REDIS_URL', value: `redis://${service}:$(${REDIS_PASSWORD})@redis:${REDIS_PORT}` },
          ]),
    ]);
  }),
  adding(
    'StatefulSet',
    'nats',
    'env',
    busUsers({ operator: false }).map((user) => password(passwordVariable(user), passwordVariable(user))),
  ),
  ...mongoServices.map(withUsers),
  adding(
    'StatefulSet',
    'redis',
    'command',
    redisUsers([{ name: 'expiration', password: `$(${REDIS_PASSWORD})` }]).flatMap((user) => ['--user', ...user]),
  ),
  adding('Job', 'secrets', 'env', [passwordNames({ operator: false })]),
];

const REPLICA_SET = 'ticketing';
const MEMBERS = 3;
const memberHosts = (service: Service) =>
  Array.from({ length: MEMBERS }, (_, index) => `${service}-mongo-${index}.${service}-mongo:${MONGODB_PORT}`);

/** Where the container beside a member tells that it belongs to its set. */
const MEMBER = '/tmp/member';

/** Beside each member: the pod is ready while the member is the primary or a secondary. */
const memberContainer = (service: Service) => ({
  name: 'member',
  image: `ticketing/${service}`,
  restartPolicy: 'Always',
  command: ['node', '/script/member.mjs'],
  env: [{ name: 'MEMBER', value: MEMBER }],
  readinessProbe: { exec: { command: ['test', '-f', MEMBER] }, periodSeconds: 2, failureThreshold: 1 },
  securityContext: restricted,
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  volumeMounts: [
    { name: 'script', mountPath: '/script' },
    { name: 'tmp', mountPath: '/tmp' },
  ],
});

/** Makes the MongoDB of a service in dev a replica set, on as many nodes as there are. */
const replicaSet = (service: Service) => ({
  target: { kind: 'StatefulSet', name: `${service}-mongo` },
  patch: JSON.stringify([
    { op: 'add', path: '/spec/replicas', value: MEMBERS },
    // The set has no primary before two of them are up.
    { op: 'add', path: '/spec/podManagementPolicy', value: 'Parallel' },
    ...['--replSet', REPLICA_SET, '--oplogSize', '128'].map((value) => ({
      op: 'add',
      path: '/spec/template/spec/containers/0/args/-',
      value,
    })),
    // A member takes no user before the set has a primary: the Job makes it then.
    { op: 'replace', path: '/spec/template/spec/initContainers', value: [memberContainer(service)] },
    { op: 'add', path: '/spec/template/spec/volumes/-', value: { name: 'script', configMap: { name: 'replica-set' } } },
    {
      op: 'replace',
      path: '/spec/template/spec/containers/0/resources/requests',
      value: { cpu: '25m', memory: '112Mi' },
    },
    {
      op: 'add',
      path: '/spec/template/spec/affinity',
      value: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                topologyKey: 'kubernetes.io/hostname',
                labelSelector: selector(`${service}-mongo`),
              },
            },
          ],
        },
      },
    },
  ]),
});

/** Gives each member a name of its own in the DNS, also before it is ready: the set has no primary until members find each other. */
const memberNames = (service: Service) => ({
  target: { kind: 'Service', name: `${service}-mongo` },
  patch: JSON.stringify([
    { op: 'add', path: '/spec/clusterIP', value: 'None' },
    { op: 'add', path: '/spec/publishNotReadyAddresses', value: true },
  ]),
});

/** The Job that initiates the replica set of a service and makes its user, and what else the set has beside the MongoDB of dev. */
const replicaSetResources = (service: Service): object[] => {
  const [name, mongo] = [`${service}-mongo-set`, `${service}-mongo`];
  const container = {
    name: 'app',
    image: `ticketing/${service}`,
    command: ['sh', '-c', 'node /script/initiate.mjs && node /users/users.mjs'],
    env: [
      { name: 'HOSTS', value: memberHosts(service).join() },
      { name: 'REPLICA_SET', value: REPLICA_SET },
      ...mongoUser(service),
    ],
    securityContext: restricted,
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
    volumeMounts: [
      { name: 'script', mountPath: '/script' },
      { name: 'users', mountPath: '/users' },
    ],
  };
  return [
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        ...{ backoffLimit: 20, ttlSecondsAfterFinished: 10 },
        template: {
          metadata: { labels: nameLabel(name) },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            restartPolicy: 'OnFailure',
            securityContext: {
              ...{ runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [container],
            volumes: [
              { name: 'script', configMap: { name: 'replica-set' } },
              { name: 'users', configMap: { name: 'mongo-users' } },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: mongo },
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: selector(mongo) },
    },
    policy(`${mongo}-members`, {
      podSelector: selector(mongo),
      ingress: [from([mongo, name], MONGODB_PORT)],
      egress: [to(mongo, MONGODB_PORT)],
      policyTypes: ['Ingress', 'Egress'],
    }),
    policy(name, {
      podSelector: selector(name),
      egress: [to(mongo, MONGODB_PORT)],
      policyTypes: ['Egress'],
    }),
  ];
};

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

/**
 * Keeps the sources of a container that runs them in volumes: what skaffold copies in outlasts a restart of the container.
 * They are copied from the image once, into a new pod. `folders` are those below /app to which skaffold copies.
 */
function sourcesInVolumes(kind: 'Deployment' | 'StatefulSet', name: string, folders: readonly string[]) {
  const volumes = folders.map((folder) => ({ name: `sources-${folder}`, folder }));
  const copies = folders.map((folder) => `cp -R /app/${folder}/src/. /sources/${folder}/`);
  const copied = `/sources/${name}/.copied`;
  const notice = 'It runs the sources of its image; edits from now on are copied in.';
  const copy = {
    name: 'sources',
    image: `ticketing/${name}`,
    command: ['sh', '-c', `[ -e ${copied} ] || { ${copies.join(' && ')} && touch ${copied} && echo '${notice}'; }`],
    securityContext: restricted,
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '1', memory: '64Mi' } },
    volumeMounts: volumes.map((one) => ({ name: one.name, mountPath: `/sources/${one.folder}` })),
  };
  const pod = '/spec/template/spec';
  return {
    target: { kind, name },
    patch: JSON.stringify([
      { op: 'add', path: `${pod}/initContainers`, value: [copy] },
      ...volumes.flatMap((one) => [
        {
          op: 'add',
          path: `${pod}/containers/0/volumeMounts/-`,
          value: { name: one.name, mountPath: `/app/${one.folder}/src` },
        },
        { op: 'add', path: `${pod}/volumes/-`, value: { name: one.name, emptyDir: { sizeLimit: '64Mi' } } },
      ]),
    ]),
  };
}

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

/** Adds a metric of pods, which an adapter takes from Prometheus, to autoscalers; the one that asks for most pods counts. */
const scalingBy = (name: string, averageValue: string, target: { name?: string } = {}) => ({
  target: { kind: 'HorizontalPodAutoscaler', ...target },
  patch: JSON.stringify([
    {
      op: 'add',
      path: '/spec/metrics/-',
      value: { type: 'Pods', pods: { metric: { name }, target: { type: 'AverageValue', averageValue } } },
    },
  ]),
});

const storePolicy = (name: string, users: readonly Service[], ports: readonly number[]) =>
  policy(name, {
    podSelector: namesIn(users),
    policyTypes: ['Egress'],
    egress: [{ ports: ports.map((port) => ({ port })) }],
  });

const CLUSTER_PORT = 6222;

/** The servers of JetStream are reached by the services on the bus, and by each other. */
const jetStreamPolicies = [
  policy('jetstream', {
    podSelector: selector('jetstream'),
    ingress: [from(busServices, NATS_PORT), from(['jetstream'], CLUSTER_PORT)],
    egress: [to('jetstream', CLUSTER_PORT)],
    policyTypes: ['Ingress', 'Egress'],
  }),
  policy('jetstream-clients', {
    podSelector: namesIn(busServices),
    egress: [to('jetstream', NATS_PORT)],
    policyTypes: ['Egress'],
  }),
];

const jetStreamHosts = [0, 1, 2].map((index) => `jetstream-${index}.jetstream`);

/** Sets variables of the container of a workload, also those that it has already. */
const settingVariables = (kind: 'Deployment' | 'StatefulSet' | 'Job', name: string, env: object[]) => ({
  target: { kind, name },
  patch: JSON.stringify({
    ...{ apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, metadata: { name } },
    spec: { template: { spec: { containers: [{ name: 'app', env }] } } },
  }),
});

/**
 * The logins on JetStream, with the passwords in a Secret: each service has its own user's alone, the servers have all, and their
 * login at each other.
 */
const jetStreamLogins = (secret: string) => [
  ...busServices.map((service) =>
    settingVariables('Deployment', service, [
      password('NATS_PASSWORD', passwordVariable(service), secret),
      {
        name: 'NATS_URL',
        value: jetStreamHosts.map((host) => `nats://${service}:$(NATS_PASSWORD)@${host}:${NATS_PORT}`).join(),
      },
    ]),
  ),
  settingVariables('StatefulSet', 'jetstream', [
    ...busUsers({ operator: true }).map((user) => password(passwordVariable(user), passwordVariable(user), secret)),
    ...jetStreamHosts.map((host, index) => ({
      name: `NATS_ROUTE_${index + 1}`,
      value: `nats-route://server:$(${passwordVariable('server')})@${host}:${CLUSTER_PORT}`,
    })),
  ]),
];

/** Removes the way of a service to NATS Streaming in dev, which its second rule is. */
const withoutNatsStreaming = (service: Service) => ({
  target: { kind: 'NetworkPolicy', name: `${service}-stores` },
  patch: JSON.stringify([{ op: 'remove', path: '/spec/egress/1' }]),
});

/** What the overlay local-ha has in place of the stores of dev. */
const localHa = component({
  resources: ['mongo.yaml'],
  configMapGenerator: [{ name: 'replica-set', files: ['initiate.mjs', 'member.mjs'] }],
  patches: [
    ...mongoServices.map((service) =>
      settingVariables(
        'Deployment',
        service,
        mongoLogin(service, memberHosts(service).join(), `?replicaSet=${REPLICA_SET}`),
      ),
    ),
    ...mongoServices.flatMap((service) => [replicaSet(service), memberNames(service)]),
    ...busServices.map(withoutNatsStreaming),
    ...jetStreamLogins(PASSWORDS),
    settingVariables('Job', 'secrets', [passwordNames({ operator: true })]),
  ],
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
  ...edgeComponents,
  'components/prometheus/kustomization.yaml': component({ resources: ['network.yaml'] }),
  'components/prometheus/network.yaml': prometheus,
  'components/jetstream/network.yaml': jetStreamPolicies,
  'components/jetstream/logins/kustomization.yaml': component({
    patches: jetStreamLogins('jetstream'),
  }),
  'components/tracing/kustomization.yaml': component({
    resources: ['network.yaml'],
    configMapGenerator: ['common', 'client', 'router'].map((name) => ({
      ...{ name, behavior: 'merge' },
      literals: [
        `OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector.monitoring:${OTLP_PORT}`,
        'OTEL_TRACES_SAMPLER=parentbased_traceidratio',
        'OTEL_TRACES_SAMPLER_ARG=0.1',
      ],
    })),
  }),
  'components/tracing/network.yaml': tracing,
  'components/observability/pod-monitor.yaml': podMonitor,
  'components/autoscaling/kustomization.yaml': component({
    patches: [
      scalingBy('nodejs_eventloop_utilization', '700m'),
      ...apiServices
        .filter((name) => entries[name].bus)
        .map((name) => scalingBy('event_lag_p95_seconds', '2', { name })),
    ],
  }),
  'components/ingress/ingress.yaml': ingress,
  'components/gateway/http-route.yaml': httpRoute,
  'overlays/dev/services/kustomization.yaml': component({
    resources: [...mongoServices.map((service) => `${service}-mongo`), 'network.yaml'],
    configMapGenerator: [
      { name: 'nats', files: ['nats.conf'] },
      { name: 'mongo-users', files: ['users.mjs'] },
    ],
    patches: devLogins,
  }),
  'overlays/dev/services/network.yaml': devPolicies,
  ...devMongo,
  'overlays/local-ha/services/kustomization.yaml': localHa,
  'overlays/local-ha/services/mongo.yaml': mongoServices.flatMap(replicaSetResources),
  'overlays/hot/sources/kustomization.yaml': component({
    patches: [
      ...services.map((service) => sourcesInVolumes('Deployment', service, [...packages, service])),
      sourcesInVolumes('StatefulSet', 'sandbox', [...packages, 'sandbox']),
      sourcesInVolumes('Deployment', 'client', ['client']),
    ],
  }),
  'overlays/production/services/kustomization.yaml': component({
    resources: ['autoscaling.yaml', 'network.yaml'],
    patches: services.map(secretOf),
  }),
  'overlays/production/services/autoscaling.yaml': apiServices.map(autoscaler),
  'overlays/production/services/network.yaml': productionPolicies,
};

/** The users of NATS Streaming in dev, and their rights. */
export const devBus = natsStreamingConf('ticketing', { operator: false });

/** The users of JetStream in a cluster, and their rights: those of `make start`. */
export const jetStreamUsersFile = jetStreamUsers({ operator: true });

/** The router's setting ROUTES in a cluster. */
export const routerTable = JSON.stringify(
  routes.map(({ prefix, service }) => ({ prefix, targets: [`http://${service}:${PORT}`] })),
);
