import { format, resolveConfig } from 'prettier';

/** The text as Prettier formats it for this file, a path. */
export const formatted = async (file: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(file)), filepath: file });
