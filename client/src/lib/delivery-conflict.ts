import type { Delivery } from '@/api/types.ts';
import { FORMAT_NAMES } from './barcode.ts';
import type { FormProblem } from './form-state.ts';

/**
 * Why a form with a code and instructions was not saved over others that were saved since: what is saved now, beside each field that
 * differs. Undefined when nothing differs.
 */
export function deliveryConflict(
  current: Delivery,
  typed: { code: string; codeFormat: Delivery['codeFormat']; instructions: string },
): FormProblem[] | undefined {
  const shown = { code: current.code ?? '', codeFormat: current.codeFormat, instructions: current.instructions ?? '' };
  const savedNow = (field: string, value: string): FormProblem => ({
    field,
    text: `Saved now: ${value === '' ? 'nothing' : value}`,
  });
  const differing = [
    ...(shown.code === typed.code ? [] : [savedNow('code', shown.code)]),
    // Without a code the kind of barcode means nothing.
    ...(shown.codeFormat === typed.codeFormat || shown.code === '' || typed.code === ''
      ? []
      : [savedNow('codeFormat', FORMAT_NAMES[shown.codeFormat])]),
    ...(shown.instructions === typed.instructions ? [] : [savedNow('instructions', shown.instructions)]),
  ];
  if (differing.length === 0) return undefined;
  return [
    { text: 'This was changed after you opened this page. Check it, then save again to replace it.' },
    ...differing,
  ];
}
