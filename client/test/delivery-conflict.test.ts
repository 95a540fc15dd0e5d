import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../src/api/types.ts';
import { deliveryConflict } from '../src/lib/delivery-conflict.ts';

const current: Delivery = { code: 'A 1', codeFormat: 'qr', instructions: null, textTag: 'b'.repeat(24), files: [] };

describe('a code that was changed in another tab', () => {
  it('is shown beside each field that differs from what was typed', () => {
    const typed = { code: '', codeFormat: 'aztec', instructions: 'Gate 3' } as const;
    expect(deliveryConflict(current, typed)).toEqual([
      { text: 'This was changed after you opened this page. Check it, then save again to replace it.' },
      { field: 'code', text: 'Saved now: A 1' },
      { field: 'instructions', text: 'Saved now: nothing' },
    ]);
    expect(deliveryConflict(current, { code: 'A 1', codeFormat: 'aztec', instructions: '' })).toContainEqual({
      field: 'codeFormat',
      text: 'Saved now: QR code',
    });
  });

  it('is no conflict when it is what was typed: the answer to an earlier request was lost', () => {
    expect(deliveryConflict(current, { code: 'A 1', codeFormat: 'qr', instructions: '' })).toBeUndefined();
    const empty: Delivery = { ...current, code: null, instructions: 'Gate 3' };
    expect(deliveryConflict(empty, { code: '', codeFormat: 'aztec', instructions: 'Gate 3' })).toBeUndefined();
  });
});
