import { describe, expect, it } from '@jest/globals';
import { UnrecognizedActionError } from 'next/dist/client/components/unrecognized-action-error.js';
import { redirect } from 'next/navigation.js';
import { type FormAction, UNSENT } from '../src/lib/form-state.ts';
import { guardedAction } from '../src/lib/guarded-action.ts';
import { whenSent } from '../src/lib/sending.ts';

const typed = (): FormData => {
  const form = new FormData();
  form.set('title', 'Hamlet');
  form.set('price', '65.50');
  form.set('password', 'two seats in the stalls');
  form.set('currentPassword', 'three seats in the stalls');
  form.set('token', 'of a mailed link');
  form.set('$ACTION_REF_1', '');
  return form;
};
const rejecting =
  (error: Error): FormAction =>
  () =>
    Promise.reject(error);
const online = () => true;

describe('a form whose action can’t be sent', () => {
  it('is not sent while offline, and keeps what was typed but for passwords', async () => {
    let calls = 0;
    const action: FormAction = (state) => {
      calls++;
      return Promise.resolve(state);
    };
    const state = await guardedAction(action, () => false)(UNSENT, typed());
    expect(calls).toBe(0);
    expect(state).toEqual({
      attempt: 1,
      problems: [{ text: 'You’re offline. Nothing was sent; try again when you’re back online.' }],
      values: { title: 'Hamlet', price: '65.50' },
    });
  });

  it('keeps what was typed, and does not claim an outcome, when the connection is lost on the way', async () => {
    const state = await guardedAction(rejecting(new TypeError('Failed to fetch')), online)(UNSENT, typed());
    expect(state.problems[0]?.text).toContain('we don’t know whether this went through');
    expect(state.values).toEqual({ title: 'Hamlet', price: '65.50' });
    expect(state).toMatchObject({ looksAgain: true });
    expect(state.mustReload).toBeUndefined();
  });

  it('keeps what was typed, and offers to reload, when the server has another build', async () => {
    const state = await guardedAction(rejecting(new UnrecognizedActionError('old')), online)(UNSENT, typed());
    expect(state.problems[0]?.text).toContain('Nothing was sent; reload the page');
    expect(state.values).toEqual({ title: 'Hamlet', price: '65.50' });
    expect(state.mustReload).toBe(true);
  });
});

describe('a form whose action is sent', () => {
  it('has the state that the action returns', async () => {
    const refused = { attempt: 1, problems: [{ text: 'No.' }] };
    expect(await guardedAction(() => Promise.resolve(refused), online)(UNSENT, typed())).toBe(refused);
  });

  it('is being sent until there is an answer or none', async () => {
    const { promise, resolve } = Promise.withResolvers<typeof UNSENT>();
    const sent = guardedAction(() => promise, online)(UNSENT, typed());
    let isSent = false;
    const watched = whenSent().then(() => (isSent = true));
    await Promise.resolve();
    expect(isSent).toBe(false);
    resolve(UNSENT);
    await Promise.all([sent, watched]);
    await guardedAction(rejecting(new TypeError('Failed to fetch')), online)(UNSENT, typed());
    await whenSent();
  });

  it('follows a redirect of the action', async () => {
    const action: FormAction = () => Promise.reject(redirectError());
    await expect(guardedAction(action, online)(UNSENT, typed())).rejects.toThrow('NEXT_REDIRECT');
  });
});

function redirectError(): Error {
  try {
    return redirect('/orders');
  } catch (error) {
    return error as Error;
  }
}
