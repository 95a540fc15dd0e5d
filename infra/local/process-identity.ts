import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Identifies a process by its start time, which differs from that of a later process with the same id. Null if there is
 * no such process, or only its zombie.
 */
export function identityOf(pid: number): string | null {
  try {
    // Field 3 is the state and field 22 the start time; the name before them may contain spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? null : `${boot}:${fields[19] ?? ''}`;
  } catch {
    return process.platform === 'linux' ? null : startTimeByPs(pid);
  }
}

function startTimeByPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
