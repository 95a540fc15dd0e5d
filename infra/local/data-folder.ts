import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes the folder of a server's data, which is `single`, or of one node of a cluster, which is `single` and the number of the node.
 * Throws where there are data of the other kind only, because an empty marketplace would look as if the data were lost: `setting`
 * names the number of nodes.
 */
export function dataFolder(single: string, setting: string, nodes: number, node: number): string {
  const member = (number: number) => `${single}-${number}`;
  const [files, others] = nodes === 1 ? [single, member(1)] : [member(node), single];
  if (!existsSync(files) && existsSync(others)) {
    const was = nodes === 1 ? 3 : 1;
    const folder = path.dirname(single);
    throw new Error(`${folder} has the data of ${setting}=${was}: start with that, or delete them with make reset.`);
  }
  mkdirSync(files, { recursive: true, mode: 0o700 });
  return files;
}
