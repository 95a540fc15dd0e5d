'use server';
import { CODE_FORMATS } from '@ticketing/common/shapes';
import { redirect } from 'next/navigation';
import { getDelivery, putDelivery, removeFile } from '@/api/deliveries.ts';
import type { Failure } from '@/api/http.ts';
import { barcodeImage, FORMAT_NAMES } from '@/lib/barcode.ts';
import { deliveryConflict } from '@/lib/delivery-conflict.ts';
import { deliveryProblem } from '@/lib/delivery-messages.ts';
import { failedOnPage } from '@/lib/failed-on-page.ts';
import { failedState } from '@/lib/form-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { redirectToSignIn, visitorHttp } from '@/lib/visitor.ts';

const deliveryPage = (ticketId: string): string => `/tickets/${encodeURIComponent(ticketId)}/delivery`;

/** Saves the code and the instructions that the buyer gets. */
export async function saveDeliveryAction(state: FormState, form: FormData): Promise<FormState> {
  const ticketId = formText(form, 'ticketId');
  const values = {
    code: formText(form, 'code'),
    codeFormat: formText(form, 'codeFormat'),
    instructions: formText(form, 'instructions'),
    textTag: formText(form, 'textTag'),
  };
  const code = values.code.trim();
  const instructions = values.instructions.replaceAll('\r\n', '\n').trim();
  const codeFormat = CODE_FORMATS.find((format) => format === values.codeFormat) ?? 'qr';
  if (code !== '' && barcodeImage(code, codeFormat) === undefined) {
    const text = `This code can’t be drawn as a ${FORMAT_NAMES[codeFormat]}. Check it, or choose another kind.`;
    return { attempt: state.attempt + 1, values, problems: [{ field: 'code', text }] };
  }
  const http = await visitorHttp();
  const answer = await putDelivery(http, ticketId, {
    codeFormat,
    ...(code !== '' && { code }),
    ...(instructions !== '' && { instructions }),
    ...(values.textTag !== '' && { expectedText: values.textTag }),
  });
  if (answer.ok) redirect(withNews(deliveryPage(ticketId), 'delivery-saved'));
  if (answer.status === 401) redirectToSignIn(deliveryPage(ticketId));
  const isChanged = answer.problems.some((problem) => problem.code === 'delivery-changed');
  const current = isChanged ? await getDelivery(http, ticketId) : undefined;
  if (!current?.ok) return { ...inWords(answer, failedState(state, answer, WORDING)), values };
  const problems = deliveryConflict(current.data, { code, codeFormat, instructions });
  // An earlier request whose answer was lost has saved the same.
  if (problems === undefined) redirect(withNews(deliveryPage(ticketId), 'delivery-saved'));
  // A seller who saves again has seen the current text.
  return { attempt: state.attempt + 1, problems, values: { ...values, textTag: current.data.textTag } };
}

/** Removes a file. */
export async function removeFileAction(state: FormState, form: FormData): Promise<FormState> {
  const ticketId = formText(form, 'ticketId');
  const answer = await removeFile(await visitorHttp(), ticketId, formText(form, 'fileId'));
  if (answer.ok || answer.status === 404) redirect(deliveryPage(ticketId));
  if (answer.status === 401) redirectToSignIn(deliveryPage(ticketId));
  return inWords(answer, failedOnPage(state, answer, WORDING));
}

const WORDING = { unconfirmed: UNCONFIRMED.delivery };

/** A failed form with the sentences of this page. */
function inWords(answer: Failure, failed: FormState): FormState {
  if (answer.isOutcomeUnknown) return failed;
  return {
    ...failed,
    problems: answer.problems.map((problem, at) => ({
      ...failed.problems[at],
      text: deliveryProblem(problem.code) ?? failed.problems[at]?.text ?? problem.message,
      ...(problem.field !== undefined && { field: problem.field }),
    })),
  };
}
