import type { Env } from './tools.ts';
import { aptInstall, ensureBuilt, onPath, run } from './tools.ts';

const version = '1.37.0';

/**
 * Checks the resources in a YAML file against the schemas of a Kubernetes version such as 1.34. Throws with the violations.
 * It runs kubernetes-validate from PyPI, because that carries the schemas and so works offline; where pip is missing it is
 * installed with apt, as root.
 */
export async function validate(file: string, kubernetes: string, env: Env = process.env): Promise<void> {
  const folder = await ensureBuilt(`kubernetes-validate-${version}`, [import.meta.filename], async (target) => {
    if (!(await hasPip(env)) && !(await aptInstall(['python3-pip'], env)))
      throw new Error('pip is missing: install Python 3 with pip, or run as root where there is apt.');
    process.stderr.write('installing kubernetes-validate from PyPI, once\n');
    const pip = ['-m', 'pip', 'install', '--quiet', '--root-user-action=ignore', '--target', target];
    await run('python3', [...pip, `kubernetes-validate==${version}`]);
  });
  const check = ['-m', 'kubernetes_validate', '--kubernetes-version', kubernetes, '--strict', '--quiet', file];
  await run('python3', check, { env: { PYTHONPATH: folder } });
}

/** True if pip is available. */
export const hasPip = async (env: Env = process.env): Promise<boolean> =>
  onPath('python3', env) !== undefined &&
  (await run('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  ));
