import { spawn } from 'node:child_process';
import { hasPip } from '../../infra/local/kubernetes-validate.ts';
import { aptInstall, ensureBuilt, run } from '../../infra/local/tools.ts';

const version = '4.32.5';
const program = ['-m', 'schemathesis.cli'];

/**
 * Runs Schemathesis, from PyPI, in this folder with these arguments, and resolves with its exit code and its output. It makes
 * requests out of a description of an API and checks the answers against it. Throws where pip is missing and can't be installed.
 */
export async function schemathesis(cwd: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const folder = await ensureBuilt(`schemathesis-${version}`, [import.meta.filename], async (target) => {
    if (!(await hasPip()) && !(await aptInstall(['python3-pip'])))
      throw new Error('pip is missing: install Python 3 with pip, or run as root where there is apt.');
    process.stderr.write('installing schemathesis from PyPI, once\n');
    const pip = ['-m', 'pip', 'install', '--quiet', '--root-user-action=ignore', '--target', target];
    await run('python3', [...pip, `schemathesis==${version}`]);
    // What changes itself when it is first used, such as the list of certificate authorities of some machines, does so now.
    await run('python3', [...program, '--version'], { env: { PYTHONPATH: target } });
  });
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', NO_COLOR: '1' };
  const child = spawn('python3', [...program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill();
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      resolve({ code, output });
    });
  });
}
