import { MAX_FILES } from '@ticketing/common/shapes';

const MESSAGES: Record<string, string> = {
  'already-listed': 'This ticket is already on sale in another listing. Each ticket can be listed once.',
  'too-many-files': `A ticket can have ${MAX_FILES} files at most. Remove one first.`,
  'file-too-large': 'This file is too large. A file can have 5 MB at most.',
  'empty-file': 'This file is empty. Choose another one.',
  'unsupported-file-type': 'This kind of file isn’t supported. Add a PDF, PNG, JPEG or Apple Wallet pass.',
  'invalid-multipart': 'The file didn’t arrive complete. Please try again.',
  'no-file': 'Choose a file first.',
  'ticket-reserved': 'A buyer has this ticket on hold. You can’t change it in the meantime.',
  'ticket-sold': 'This ticket has been sold with what you had added. It can’t be changed any more.',
  'ticket-withdrawn': 'You have removed this listing.',
  'too-many-requests': 'Too many attempts. Try again in a moment.',
  'signed-out': 'You’ve been signed out, and the file wasn’t added. Sign in and try again.',
  unknown: 'We don’t know yet whether the file was added. Check the files on this page before you add it again.',
};

/** Why a file was not added, for a code in the page's address; other codes get the general sentence. */
export const fileProblem = (code: string): string =>
  MESSAGES[code] ?? 'The file couldn’t be added. Please try again in a moment.';

/** The same for the code and the instructions; undefined for a problem that all forms share. */
export const deliveryProblem = (code: string): string | undefined => (code === 'unknown' ? undefined : MESSAGES[code]);
