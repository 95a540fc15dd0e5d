import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { identityOf } from './process-identity.ts';

/** A folder that is built and replaced as one, such as a program or the pages. */
export type Artifact = {
  folder: string;
  /** The prefix of the folders beside it in which it is built; nothing else there may have it. */
  asidePrefix: string;
  /** Identifies what it is built from, such as a digest of its sources; it is rebuilt when the key changes. */
  key: string;
  /** Names of files and folders, at any depth, that change in use. */
  volatile?: readonly string[];
  build: (folder: string) => Promise<void>;
};

type Listing = { key: string; files: Record<string, { size: number; sha256: string }> };

/** Lists the files of a complete folder. It is written last, so a folder without it is incomplete. */
const listingFile = '.complete.json';

/**
 * Builds an artifact unless it is complete and has the same key. It is built in a separate folder and then renamed, so
 * that a killed or concurrent build leaves nothing incomplete. Leftovers of killed builds are removed. Throws what the
 * build throws.
 */
export async function ensureArtifact(artifact: Artifact): Promise<void> {
  const { folder, asidePrefix, key, volatile = [], build } = artifact;
  const isCurrent = () => isComplete(folder, key);
  if (isCurrent()) return;
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, asidePrefix);
  const aside = await mkdtemp(path.join(parent, `${asidePrefix}${owner(process.pid) ?? ''}-`));
  const replaced = `${aside}.replaced`;
  try {
    await build(aside);
    const listing: Listing = { key, files: list(aside, volatile) };
    await writeFile(path.join(aside, listingFile), JSON.stringify(listing));
    // Another process may have been quicker, and may be running it by now.
    if (isCurrent()) return;
    await rename(folder, replaced).catch(ignoreAbsence);
    await rename(aside, folder);
  } catch (error) {
    if (!isCurrent()) throw error;
  } finally {
    for (const one of [aside, replaced]) await rm(one, { recursive: true, force: true });
  }
}

/** Removes an artifact unless each of its files is what was built, byte for byte. */
export async function removeIfDamaged(folder: string): Promise<void> {
  const files = readListing(folder)?.files;
  const isWhole =
    files !== undefined &&
    Object.entries(files).every(([file, { sha256 }]) => digestOf(path.join(folder, file)) === sha256);
  if (!isWhole) await rm(folder, { recursive: true, force: true });
}

/** Removes the folders of builds that were killed. */
export async function removeAbandoned(parent: string, asidePrefix: string): Promise<void> {
  for (const name of readdirSync(parent).filter((one) => one.startsWith(asidePrefix))) {
    const [, by = '', pid = ''] = /^((\d+)-[0-9a-f]+)-/.exec(name.slice(asidePrefix.length)) ?? [];
    if (by === '' || owner(Number(pid)) !== by) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** A digest of the names and contents of files; a folder stands for all files in it. */
export function digestOfAll(root: string, entries: readonly string[]): string {
  const hash = createHash('sha256');
  for (const entry of entries)
    for (const file of filesIn(root, entry)) hash.update(`${file}\0${digestOf(path.join(root, file)) ?? ''}\n`);
  return hash.digest('hex');
}

/** True if a folder is complete and has this key, by the names and sizes of its files: quick enough for every start. */
export function isComplete(folder: string, key: string): boolean {
  const listing = readListing(folder);
  if (listing?.key !== key) return false;
  return Object.entries(listing.files).every(
    ([file, { size }]) => statSync(path.join(folder, file), { throwIfNoEntry: false })?.size === size,
  );
}

function readListing(folder: string): Listing | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, listingFile), 'utf8')) as Listing;
  } catch {
    return undefined;
  }
}

const list = (folder: string, volatile: readonly string[]): Listing['files'] =>
  Object.fromEntries(
    filesIn(folder, '')
      .filter((file) => !file.split(path.sep).some((part) => volatile.includes(part)))
      .map((file) => {
        const whole = path.join(folder, file);
        return [file, { size: statSync(whole).size, sha256: digestOf(whole) ?? '' }];
      }),
  );

/** The files at or below a path, relative to `root`, in the order of their names. */
function filesIn(root: string, entry: string): string[] {
  const stat = lstatSync(path.join(root, entry), { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.isFile() === true ? [entry] : [];
  return readdirSync(path.join(root, entry))
    .sort()
    .flatMap((name) => filesIn(root, path.join(entry, name)));
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}

/** Identifies a running process, so that its folders can be distinguished from those of a process that has ended. */
function owner(pid: number): string | undefined {
  const identity = identityOf(pid);
  if (identity === null) return undefined;
  return `${pid}-${createHash('sha256').update(identity).digest('hex').slice(0, 8)}`;
}

function ignoreAbsence(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
