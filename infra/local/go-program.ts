import path from 'node:path';
import type { Env } from './tools.ts';
import { ensureBuilt, isBuilt, onPath, root, run } from './tools.ts';

/** A server that is built from a Go module, which a go.mod in infra/local pins. */
export interface GoProgram {
  /** What it is called in messages. */
  title: string;
  /** The name of the program. */
  command: string;
  version: string;
  /** The folder in infra/local of its go.mod. */
  folder: string;
  module: string;
}

const nameOf = ({ folder, version }: GoProgram) => `${folder}-${version}`;
const moduleFolder = ({ folder }: GoProgram) => path.join(root, 'infra/local', folder);
const sourcesOf = (program: GoProgram) => [path.join(moduleFolder(program), 'go.sum')];

/** The program of this machine, from the PATH or built if need be. Throws where it can't be built. */
export async function goProgram(program: GoProgram, env: Env): Promise<{ source: string; binary: string }> {
  const { title, command, version, module } = program;
  const found = onPath(command, env);
  if (found) return { source: found, binary: found };
  await requireGoProgram(program, env);
  const folder = await ensureBuilt(nameOf(program), sourcesOf(program), async (target) => {
    process.stderr.write(`building ${title} from its Go module, once: about a minute\n`);
    await run('go', ['build', '-trimpath', '-o', path.join(target, command), module], {
      cwd: moduleFolder(program),
      env: { GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' },
    });
  });
  return { source: `${version}, built from its Go module`, binary: path.join(folder, command) };
}

/** Throws, in one line, where NATS_URL is absent and the program can neither be found nor built. */
export async function requireGoProgram(program: GoProgram, env: Env): Promise<void> {
  const { title, command } = program;
  if (env['NATS_URL'] || onPath(command, env) || isBuilt(nameOf(program), sourcesOf(program))) return;
  const go = onPath('go', env);
  // From 1.21 on, Go fetches the version that a module asks for.
  const [, minor = '0'] = /go1\.(\d+)/.exec(go ? await run(go, ['version']) : '') ?? [];
  if (Number(minor) < 21)
    throw new Error(`${title} is missing: install Go (1.24 or newer) to build it, or set NATS_URL.`);
}
