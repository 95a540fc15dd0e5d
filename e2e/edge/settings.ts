import { parse, render, workloads } from '../../infra/k8s/manifests.ts';

/** Returns a function for the settings of a Deployment in the production overlay, without those from Secrets. Throws for an unknown one. */
export async function productionSettings(): Promise<(deployment: string) => Record<string, string>> {
  const resources = parse(await render('production'));
  const maps = new Map(
    resources.filter(({ kind }) => kind === 'ConfigMap').map((map) => [map.metadata.name, map.data]),
  );
  return (deployment) => {
    const found = workloads(resources).find(({ metadata }) => metadata.name === deployment);
    const container = found?.spec.template.spec.containers[0];
    if (!container) throw new Error(`The production overlay has no Deployment ${deployment}.`);
    const names = (container.envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []);
    return Object.assign({}, ...names.map((name) => maps.get(name))) as Record<string, string>;
  };
}
