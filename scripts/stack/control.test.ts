import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openControl, sendCommand } from './control.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-control-'));
let control: Awaited<ReturnType<typeof openControl>>;

afterEach(() => {
  control?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('control', () => {
  it('passes commands on and replies with their outcome', async () => {
    control = await openControl(folder, ({ action, name }) =>
      name === 'bad'
        ? Promise.reject(new Error('it broke'))
        : Promise.resolve({ ok: true, message: `${action} ${name}` }),
    );
    expect(await sendCommand(folder, { action: 'stop', name: 'nats' })).toEqual({ ok: true, message: 'stop nats' });
    expect(await sendCommand(folder, { action: 'stop', name: 'bad' })).toEqual({ ok: false, message: 'it broke' });
    // One stack for a folder.
    expect(await openControl(folder, () => Promise.reject(new Error('second')))).toBeUndefined();
  });

  it('rejects commands when nothing runs', async () => {
    await expect(sendCommand(folder, { action: 'stop', name: 'nats' })).rejects.toThrow('not running');
  });
});
