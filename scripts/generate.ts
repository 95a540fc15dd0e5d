/*
 * Writes what follows from services.json into the files that can't read it: the manifests and parts of the workspace, the
 * Dockerfiles and skaffold.yaml; and the alerts as a resource of the Prometheus Operator. With --check it fails if one of them is out of date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, parseDocument, stringify } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import { root } from '../infra/local/tools.ts';
import { devBus, jetStreamUsersFile, manifests, prometheusRule, routerTable } from '../infra/k8s/templates.ts';
import { formatted } from './formatted.ts';
import { packages, services } from './services.ts';

const noteOn = (source: string) => `# Generated from ${source} by scripts/generate.ts. Do not edit.\n`;
const note = noteOn('services.json');

const alerts = 'infra/k8s/components/observability-annotations/alerts.yaml';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** A JSON file with some of its properties replaced. */
function withProperties(file: string, properties: object): string {
  return JSON.stringify({ ...(JSON.parse(read(file)) as object), ...properties });
}

const workspaces = [...packages, ...services, 'sandbox', 'client', 'infra'];
const projects = [...packages, ...services, 'sandbox', 'infra'];
const references = (...paths: string[]) => ({ references: paths.map((name) => ({ path: `./${name}` })) });

/** A Dockerfile with a COPY line for the package.json of each workspace, and the shared dependencies of all that run on Node. */
function withWorkspaces(file: string): string {
  const lines = workspaces.map((folder) => `COPY ${folder}/package.json ${folder}/\n`).join('');
  const shared = [...services, 'sandbox', 'infra'].map((folder) => `--workspace ${folder}`).join(' ');
  return read(file)
    .replace(/(?<=^COPY package\.json package-lock\.json .*\n)(?:COPY \S+\/package\.json \S+\/\n)+/m, lines)
    .replace(/^ {2}--workspace .*(?= \\$)/m, `  ${shared}`);
}

/** The image of a service, as skaffold builds it. */
const artifactOf = (service: string): string => `
image: ticketing/${service}
docker:
  dockerfile: infra/docker/service.Dockerfile
  buildArgs: { SERVICE: ${service} }
sync:
  manual:
${packages.map((name) => `    - { src: ${name}/src/**/*.ts, dest: /app }`).join('\n')}
    - { src: ${service}/src/**/*.ts, dest: /app }
`;

/** skaffold.yaml with the images of the services, and the patches of profiles, which refer to images by index. */
function skaffold(): string {
  const document = parseDocument(read('skaffold.yaml'));
  const artifacts = document.getIn(['build', 'artifacts']) as YAMLSeq<YAMLMap>;
  const isService = (item: YAMLMap) => item.getIn(['docker', 'dockerfile']) === 'infra/docker/service.Dockerfile';
  const withSources = [...services, 'sandbox'];
  artifacts.items = [
    ...withSources.map((service) => parseDocument(artifactOf(service)).contents as YAMLMap),
    ...artifacts.items.filter((item) => !isService(item)),
  ];
  const images = artifacts.items.map((item) => item.get('image'));
  const pathOf = (name: string) => `/build/artifacts/${images.indexOf(`ticketing/${name}`)}`;
  const generated: Record<string, object[]> = {
    dev: [...withSources, 'client'].map((name) => ({ op: 'add', path: `${pathOf(name)}/docker/target`, value: 'dev' })),
    // The last image first, so that the indexes of the others stay right.
    production: ['mail-catcher', 'demo', 'sandbox'].map((name) => ({ op: 'remove', path: pathOf(name) })),
  };
  for (const profile of (document.get('profiles') as YAMLSeq<YAMLMap>).items) {
    const patches = profile.get('patches') as YAMLSeq<YAMLMap> | undefined;
    const own = generated[profile.get('name') as string];
    if (patches === undefined || own === undefined) continue;
    const others = patches.items.filter((item) => !String(item.get('path')).startsWith('/build/artifacts/'));
    patches.items = [...own.map((patch) => document.createNode(patch, { flow: true }) as YAMLMap), ...others];
  }
  return document.toString({ lineWidth: 0 });
}

const yaml = (resources: object | object[], about = note): string =>
  about +
  [resources]
    .flat()
    .map((resource) => stringify(resource, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');

const dockerfiles = ['client', 'router', 'service'].map((name) => `infra/docker/${name}.Dockerfile`);

const files: Record<string, string> = {
  ...Object.fromEntries(Object.entries(manifests).map(([file, content]) => [`infra/k8s/${file}`, yaml(content)])),
  'infra/k8s/components/observability/alerts.yaml': yaml(
    prometheusRule(parse(read(alerts)) as object),
    noteOn('../observability-annotations/alerts.yaml'),
  ),
  'skaffold.yaml': skaffold(),
  'package.json': withProperties('package.json', { workspaces }),
  'tsconfig.json': withProperties('tsconfig.json', references(...projects, 'tsconfig.tests.json')),
  'tsconfig.tests.json': withProperties('tsconfig.tests.json', references(...projects)),
};

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;

function write(file: string, text: string): void {
  const target = path.join(root, file);
  if (!check) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`${file} is out of date: npx node scripts/generate.ts updates it.`);
    process.exitCode = 1;
  }
}

for (const [file, text] of Object.entries(files)) write(file, await formatted(path.join(root, file), text));
for (const file of dockerfiles) write(file, withWorkspaces(file));
write('infra/k8s/overlays/dev/services/nats.conf', `${note}${devBus}`);
write('infra/k8s/components/jetstream/users.conf', `${note}${jetStreamUsersFile}`);
write('infra/k8s/base/routes.env', `${note}ROUTES=${routerTable}\n`);
