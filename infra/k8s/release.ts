/*
 * Writes the images of the overlay `release`, by digest, from what `skaffold build --profile production --file-output build.json`
 * has pushed: node infra/k8s/release.ts build.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { formatted } from '../../scripts/formatted.ts';

const [build] = parseArgs({ allowPositionals: true }).positionals;
if (build === undefined) {
  console.error('usage: node infra/k8s/release.ts build.json');
  process.exit(1);
}
const { builds } = JSON.parse(readFileSync(build, 'utf8')) as { builds: { imageName: string; tag: string }[] };

const images = builds.map(({ imageName, tag }) => {
  const [, newName, digest] = /^(.+?)(?::[^:/@]+)?@(sha256:[0-9a-f]{64})$/.exec(tag) ?? [];
  if (newName === undefined) {
    console.error(`${tag} has no digest: was it pushed? skaffold build --profile production --default-repo=…`);
    process.exit(1);
  }
  // Skaffold puts the registry before the name.
  return { name: imageName.slice(imageName.indexOf('ticketing/')), newName, digest };
});

const file = path.join(import.meta.dirname, 'overlays/release/kustomization.yaml');
const kustomization = parseDocument(readFileSync(file, 'utf8'));
kustomization.set('images', kustomization.createNode(images));
writeFileSync(file, await formatted(file, String(kustomization)));
