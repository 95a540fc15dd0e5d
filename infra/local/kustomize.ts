import path from 'node:path';
import type { Env } from './tools.ts';
import { ensureBuilt, onPath, root, run } from './tools.ts';

const version = '5.7.1';
const moduleFolder = path.join(root, 'infra/local/kustomize');

/** The path of kustomize: on the PATH, else built from its Go module. Throws where there is neither kustomize nor Go. */
export async function kustomizeBinary(env: Env = process.env): Promise<string> {
  const found = onPath('kustomize', env);
  if (found) return found;
  const folder = await ensureBuilt(`kustomize-${version}`, [path.join(moduleFolder, 'go.sum')], async (target) => {
    if (!onPath('go', env)) throw new Error('kustomize is missing: install it, or Go (1.24 or newer) to build it.');
    process.stderr.write('building kustomize from its Go module, once: about half a minute\n');
    await run(
      'go',
      ['build', '-trimpath', '-o', path.join(target, 'kustomize'), 'sigs.k8s.io/kustomize/kustomize/v5'],
      {
        cwd: moduleFolder,
        env: { GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' },
      },
    );
  });
  return path.join(folder, 'kustomize');
}

if (import.meta.main) console.log(await kustomizeBinary());
