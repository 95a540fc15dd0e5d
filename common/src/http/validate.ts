import type { Request, RequestHandler } from 'express';
import { body, param, query } from 'express-validator';
import type { ValidationChain } from 'express-validator';
import { z } from 'zod';
import { HttpError, preconditionFailed } from '../errors.ts';
import { missingField, problemOf, unknownField } from '../shapes.ts';
import type { Problem } from '../shapes.ts';
import { matchesAny } from './if-match.ts';
import { changesUntagged } from './route.ts';

/** The allowed fields of each part of a request. */
export interface RequestShapes {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
}

type Fields<Shape> = Shape extends z.ZodType ? z.output<Shape> : unknown;

/** The input of a route: the fields of all parts of the request, validated and normalized. */
export type Input<Shapes extends RequestShapes> = Fields<Shapes['params']> &
  Fields<Shapes['query']> &
  Fields<Shapes['body']>;

declare module 'express-serve-static-core' {
  interface Request {
    input?: object;
  }
}

/** Validates a field by its shape, and replaces it by the parsed value. */
function chainOf(locate: typeof body, name: string, shape: z.ZodType): ValidationChain {
  const isOptional = shape instanceof z.ZodOptional;
  const problem = (value: unknown): Problem | undefined =>
    value == null && !isOptional ? missingField(name) : problemOf(name, shape, value);
  return (isOptional ? locate(name).optional() : locate(name))
    .custom((value: unknown) => problem(value) === undefined)
    .withMessage(problem)
    .bail()
    .customSanitizer((value) => shape.parse(value));
}

/** How many unknown fields an answer names, and with how many characters: it must not be much longer than the request. */
const [MAX_UNKNOWN, MAX_NAME] = [20, 100];

const namesOf = (shape: z.ZodObject | undefined): string[] => Object.keys(shape?.shape ?? {});

/**
 * Validates a request by its shapes. Rejects it with one 400 that lists every bad field, and every unknown field of the body or
 * the query; and a change of what has no ETag with a 412, if `If-Match` requires one.
 */
export function validate(shapes: RequestShapes & { method?: string; tagged?: true }): RequestHandler {
  const chainsOf = (locate: typeof body, shape: z.ZodObject | undefined) =>
    Object.entries(shape?.shape ?? {}).map(([name, field]) => {
      const mayBeAbsent = locate !== param && field instanceof z.ZodOptional;
      return { name, mayBeAbsent, chain: chainOf(locate, name, field as z.ZodType) };
    });
  const parts = [...chainsOf(param, shapes.params), ...chainsOf(query, shapes.query), ...chainsOf(body, shapes.body)];
  const isUntagged = changesUntagged(shapes);
  const [inBody, inQuery] = [new Set(namesOf(shapes.body)), new Set(namesOf(shapes.query))];

  return async (req, _res, next) => {
    // Read once, because Express parses the query at each access.
    const given = { body: fieldsOf(req.body), query: fieldsOf(req.query) };
    // A chain costs as much as a small route, even for an optional field that is absent.
    const there = new Set([...given.body, ...given.query]);
    const due = parts.filter(({ name, mayBeAbsent }) => !mayBeAbsent || there.has(name));
    const results = await Promise.all(due.map(({ chain }) => chain.run(req)));
    const bad = results.flatMap((result) => result.array()).map(({ msg }) => msg as Problem);
    // Not express-validator's own check: it accepts fields such as `constructor`, and any field of a part of the request without
    // chains.
    const unknown = [
      ...given.body.filter((field) => !inBody.has(field)),
      ...given.query.filter((field) => !inQuery.has(field)),
    ]
      .slice(0, MAX_UNKNOWN)
      .map((field) => unknownField(field.slice(0, MAX_NAME)));
    const problems = [...bad, ...unknown];
    if (problems.length > 0) throw new HttpError(400, problems);
    if (isUntagged && !matchesAny(req.get('if-match')))
      throw preconditionFailed(
        'precondition-failed',
        'What is at this address has no ETag, so If-Match can only be *.',
        {
          field: 'If-Match',
        },
      );
    const cleaned = results.flatMap(({ context }) => context.getData({ requiredOnly: true }));
    req.input = { ...req.input, ...Object.fromEntries(cleaned.map(({ path, value }) => [path, value])) };
    next();
  };
}

const fieldsOf = (part: unknown): string[] => Object.keys((part as object | undefined) ?? {});

/** The input that `validate` has validated by these shapes. */
export const input = <Shapes extends RequestShapes>(req: Request): Input<Shapes> => (req.input ?? {}) as Input<Shapes>;
