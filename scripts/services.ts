import list from '../services.json' with { type: 'json' };

export type Service = keyof typeof list;

/** A setting with keys. */
export type KeysSetting = `${string}_KEYS`;

/** A service, as services.json describes it. */
export type ServiceEntry = {
  /** The path prefix of its API, or null. A service with an API also reads sessions. */
  route: string | null;
  store: 'mongodb' | 'redis';
  /** Whether it is connected to NATS Streaming. */
  bus: boolean;
  /** The ConfigMaps that it reads in a cluster, beside its own and those of all services, of those with an API and of those on the bus. */
  config: string[];
  /** The settings with keys that it reads, beside SESSION_PUBLIC_KEYS. In a cluster each has a Secret of its own. */
  keys?: KeysSetting[];
  /** The memory that its pods request in a cluster. */
  memory: string;
};

/** The settings with keys that a service reads. The one that makes sessions, by the private keys, needs no public ones. */
export const keysOf = ({ route, keys = [] }: ServiceEntry): KeysSetting[] => [
  ...(route === null || keys.includes('SESSION_KEYS') ? [] : ['SESSION_PUBLIC_KEYS' as const]),
  ...keys,
];

/** The name of a setting in Secrets and files: `SESSION_KEYS` is in `session-keys`. */
export const keysName = (setting: KeysSetting): string => setting.toLowerCase().replaceAll('_', '-');

/** The one list of services: each folder of the repository that is a service, in the order of a purchase. */
export const entries = list as Record<Service, ServiceEntry>;

/** The shared packages, the lowest layer first: each imports those before it only. */
export const packages = ['runtime', 'common', 'core'] as const;

/** The names of all services. */
export const services = Object.keys(entries) as Service[];

/** The services with an API. */
export const apiServices = services.filter((service) => entries[service].route !== null);

/** The services that publish and consume events. */
export const busServices = services.filter((service) => entries[service].bus);

/** The services with a database in MongoDB. */
export const mongoServices = services.filter((service) => entries[service].store === 'mongodb');

/** The routing table of the local router, of the Ingress and of the HTTPRoute; the pages take all other paths. */
export const routes: readonly { prefix: string; service: Service | 'client' }[] = [
  ...services.flatMap((service) => {
    const prefix = entries[service].route;
    return prefix === null ? [] : [{ prefix, service }];
  }),
  { prefix: '/', service: 'client' },
];
