import type { Request, RequestHandler } from 'express';
import type { FieldValidationError, Location, ValidationChain } from 'express-validator';
import { HttpError } from '../errors.ts';
import type { Problem } from '../errors.ts';

/** Says what is wrong with a value, or nothing. */
export type Test = (value: unknown) => Problem | undefined;

/** Makes the value that a route gets from one that has passed its test. */
type Clean = (value: never) => unknown;

/** A field that must be there and pass the test. `clean` makes the value that the route gets. */
export const required = (chain: ValidationChain, test: Test, clean?: Clean): ValidationChain =>
  finish(
    chain
      .custom((value: unknown) => value !== undefined && value !== null)
      .withMessage((_value: unknown, { path }: { path: string }) => ({
        code: 'required',
        message: `${path} is required.`,
      }))
      .bail(),
    test,
    clean,
  );

/** A field that may be left out, but not null. */
export const optional = (chain: ValidationChain, test: Test, clean?: Clean): ValidationChain =>
  finish(chain.optional(), test, clean);

function finish(chain: ValidationChain, test: Test, clean?: Clean): ValidationChain {
  const checked = chain
    .custom((value: unknown) => test(value) === undefined)
    .withMessage((value: unknown) => test(value))
    .bail();
  return clean ? checked.customSanitizer((value) => clean(value as never)) : checked;
}

declare module 'express-serve-static-core' {
  interface Request {
    input?: object;
  }
}

/**
 * Runs the chains over the request and refuses with one 400 that names every bad field, and every field of the body or
 * the query that no chain names.
 */
export function validate(...chains: ValidationChain[]): RequestHandler {
  const parts = chains.map((chain) => {
    const { optional, locations, fields } = chain.builder.build();
    const mayBeAbsent = optional && locations.every((location) => location === 'body' || location === 'query');
    return { chain, mayBeAbsent, locations, fields };
  });
  const always = parts.filter(({ mayBeAbsent }) => !mayBeAbsent);
  const named = (location: Location) =>
    new Set(parts.filter(({ locations }) => locations.includes(location)).flatMap(({ fields }) => fields));
  const [inBody, inQuery] = [named('body'), named('query')];

  return async (req, _res, next) => {
    // Once, for Express reads the query anew whenever it is asked for.
    const given = { body: fieldsOf(req.body), query: fieldsOf(req.query) };
    // A chain costs as much as a small route, even for a field that is optional and not there.
    const there = new Set([...given.body, ...given.query]);
    const due =
      there.size === 0
        ? always
        : parts.filter(({ mayBeAbsent, fields }) => !mayBeAbsent || fields.some((field) => there.has(field)));
    const results = await Promise.all(due.map(({ chain }) => chain.run(req)));
    const bad = results
      .flatMap((result) => result.array())
      .map((error) =>
        error.type === 'field' ? fieldProblem(error) : { code: 'invalid', message: 'The request is malformed.' },
      );
    // Not express-validator's own check: it takes `constructor` and its like for known, and a whole part of the request
    // that no chain looks at.
    const unknown = [
      ...given.body.filter((field) => !inBody.has(field)),
      ...given.query.filter((field) => !inQuery.has(field)),
    ].map(unknownField);
    const problems = [...bad, ...unknown];
    if (problems.length > 0) throw new HttpError(400, problems);
    const cleaned = results.flatMap(({ context }) => context.getData({ requiredOnly: true }));
    req.input = { ...req.input, ...Object.fromEntries(cleaned.map(({ path, value }) => [path, value])) };
    next();
  };
}

const fieldsOf = (part: unknown): string[] => Object.keys((part as object | undefined) ?? {});

const unknownField = (field: string): Problem => ({
  code: 'unknown-field',
  message: `${field} is not a known field.`,
  field,
});

function fieldProblem({ msg, path }: FieldValidationError): Problem {
  const problem = msg as Problem;
  return { ...problem, field: problem.field ?? path };
}

/** What the chains of `validate` have named, checked and cleaned. */
export const input = <T extends object>(req: Request): T => (req.input ?? {}) as T;

/** A test for text of `min` to `max` characters (Unicode code points), without control characters or broken Unicode. */
export function text({ min = 1, max, lines = false }: { min?: number; max: number; lines?: boolean }): Test {
  const forbidden = lines ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/ : /[\u0000-\u001f\u007f]/;
  return (value) => {
    if (typeof value !== 'string') return { code: 'invalid-type', message: 'This must be text.' };
    if (!value.isWellFormed() || forbidden.test(value))
      return { code: 'invalid-characters', message: 'This has characters that can not be stored.' };
    const length = Array.from(value.trim()).length;
    if (length < min)
      return {
        code: min === 1 ? 'empty' : 'too-short',
        message: `This must have at least ${min} character${min === 1 ? '' : 's'}.`,
      };
    if (length > max) return { code: 'too-long', message: `This may have ${max} characters at most.` };
    return undefined;
  };
}

export const trimmed = (value: string): string => value.trim();

/** A test for text of a given form. */
export function matching(pattern: RegExp, what: string): Test {
  return (value) => {
    if (typeof value !== 'string') return { code: 'invalid-type', message: `This must be ${what}.` };
    return pattern.test(value) ? undefined : { code: 'invalid-format', message: `This must be ${what}.` };
  };
}

/** A test for a whole number in a query, such as `limit=20`. */
export function integerText({ min, max }: { min: number; max: number }): Test {
  return (value) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : { code: 'invalid-integer', message: `This must be a whole number from ${min} to ${max}.` };
}

export const TICKET_ID = /^[0-9a-f]{24}$/;
export const ORDER_ID = /^[0-9a-f]{24}-[1-9][0-9]{0,8}$/;
export const isTicketId = matching(TICKET_ID, 'a ticket id of 24 hexadecimal digits');
export const isOrderId = matching(ORDER_ID, 'an order id, such as 24 hexadecimal digits, a hyphen and a number');
