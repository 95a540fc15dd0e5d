import { domainToUnicode } from 'node:url';

/**
 * The spellings of an e-mail address under which an account may be stored: the one of new accounts, and those that were accepted
 * before there was only one.
 */
export function spellingsOf(email: string): string[] {
  const at = email.lastIndexOf('@');
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  const locals = [local, local.normalize('NFD')];
  const domains = [domain, domainToUnicode(domain)];
  return [...new Set(locals.flatMap((name) => domains.map((host) => `${name}@${host}`)))];
}
