import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface SandboxFault {
  operation: string;
  fault: string;
  orderId: string;
  times?: number;
  delayMs?: number;
}

/** Starts the payment sandbox in its own process, because no service imports another, on a free port and with an empty journal. */
export async function startSandbox() {
  const folder = mkdtempSync(path.join(tmpdir(), 'payments-sandbox-'));
  const child = spawn(process.execPath, ['--conditions=source', 'src/main.ts'], {
    cwd: path.join(import.meta.dirname, '../../sandbox'),
    env: { PATH: process.env['PATH'], SANDBOX_DIR: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening' && port !== undefined) resolve(port);
    });
    void exited.then(() => {
      reject(new Error('the sandbox ended before it listened'));
    });
  });
  const url = `http://127.0.0.1:${port}`;
  async function post(address: string, body: object): Promise<void> {
    const answer = await fetch(`${url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
  return {
    url,
    /** Makes the next call of this kind for an order fail, or the next `times` calls. */
    plan: (fault: SandboxFault) => post('/sandbox/faults', fault),
    /** How many requests the faults of an order have affected. */
    async hits(orderId: string): Promise<number> {
      const answer = await fetch(`${url}/sandbox/faults`);
      const { faults } = (await answer.json()) as { faults: { orderId: string | null; hits: number }[] };
      return faults.filter((fault) => fault.orderId === orderId).reduce((sum, { hits }) => sum + hits, 0);
    },
    /** Authenticates as the buyer at the bank, or fails to. */
    authenticate: (intentId: string, outcome: 'succeeded' | 'failed') =>
      post(`/sandbox/payment_intents/${intentId}/authenticate`, { outcome }),
    async ledger(orderId: string) {
      const answer = await fetch(`${url}/ledger/${encodeURIComponent(orderId)}`);
      return (await answer.json()) as { captured: { count: number }; paymentIntents: unknown[] };
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
