/*
 * Writes what the cluster's routing is made of from infra/routes.json, the local router's table: the router's own copy, the
 * Ingress and the HTTPRoute. With --check it says whether they are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';

const folder = import.meta.dirname;
const table = JSON.parse(readFileSync(path.join(folder, '../routes.json'), 'utf8')) as Record<string, string>;
const routes = Object.entries(table);
const note = '# Made from infra/routes.json by infra/k8s/routes.ts. Do not edit.\n';

const routerTable = routes.map(([prefix, service]) => ({ prefix, targets: [`http://${service}:3000`] }));

const ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'ticketing' },
  spec: {
    rules: [
      {
        http: {
          paths: routes.map(([prefix, name]) => ({
            path: prefix,
            pathType: 'Prefix',
            backend: { service: { name, port: { name: 'http' } } },
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
    rules: routes.map(([prefix, name]) => ({
      matches: [{ path: { type: 'PathPrefix', value: prefix } }],
      backendRefs: [{ name, port: 3000 }],
    })),
  },
};

const yaml = async (resource: object): Promise<string> =>
  note + (await format(stringify(resource), { ...(await resolveConfig(folder)), parser: 'yaml' }));

const files = {
  'base/routes.env': `${note}ROUTES=${JSON.stringify(routerTable)}\n`,
  'components/ingress/ingress.yaml': await yaml(ingress),
  'components/gateway/http-route.yaml': await yaml(httpRoute),
};

for (const [name, text] of Object.entries(files)) {
  const file = path.join(folder, name);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`infra/k8s/${name} is out of date: npx node infra/k8s/routes.ts writes it.`);
    process.exitCode = 1;
  }
}
