import type { TextField } from './fields-form.tsx';

/** What every field has in which a visitor chooses a password. */
export const CHOSEN_PASSWORD = {
  autoComplete: 'new-password',
  hint: 'At least 8 characters. Three random words work well.',
} as const;

/** The field for the new password of an account. */
export const NEW_PASSWORD: TextField = {
  name: 'password',
  label: 'New password',
  type: 'password',
  ...CHOSEN_PASSWORD,
};
