import type { Problem, Rule } from '@ticketing/common/shapes';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

const zxcvbn = new ZxcvbnFactory({
  dictionary: { passwords: dictionary['passwords-common'] },
  graphs: adjacencyGraphs,
});

/** Words that anybody would try first here. */
const OUR_WORDS = ['ticket', 'tickets', 'ticketing', 'marketplace', 'concert', 'event'];

/** As many guesses as the common passwords and their usual variations take. */
const FEW_GUESSES = 1_000_000;

/** Estimating takes longer than linearly; what is hard to guess by its beginning is so as a whole. */
const ESTIMATED_LENGTH = 40;

const hasFewGuesses = (password: string, words: string[]): boolean =>
  zxcvbn.check(password.slice(0, ESTIMATED_LENGTH), [...OUR_WORDS, ...words]).guesses < FEW_GUESSES;

// The form of a password that is hashed.
const normalized = (password: string): string => password.normalize('NFKC').toLowerCase();

/** The rules for a new password, which that of an existing account need not pass. */
export const newPasswordRules: Rule<string>[] = [
  {
    holds: (password) => /[^\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u.test(password),
    code: 'blank-password',
    message: 'A password needs characters other than spaces.',
  },
  {
    holds: (password) => !/^(.{1,3})\1+$/su.test(normalized(password)),
    code: 'repeated-characters',
    message: 'This password repeats the same few characters. Choose another.',
  },
  {
    holds: (password) => !hasFewGuesses(normalized(password), []),
    code: 'common-password',
    message: 'This password is among the first that anybody would guess. Choose another.',
  },
];

/** The problem of a new password that is guessed from its account's e-mail address; undefined when it is not. */
export function addressProblem(password: string, email: string): Problem | undefined {
  const [local = ''] = email.split('@');
  const words = [email, local, ...local.split(/[^\p{L}\p{N}]+/u)].filter((word) => word.length > 2);
  if (!hasFewGuesses(normalized(password), words)) return undefined;
  return {
    code: 'password-from-address',
    message: 'This password is like your email address. Choose another.',
    field: 'password',
  };
}
