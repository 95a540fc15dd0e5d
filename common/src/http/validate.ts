import type { Request, RequestHandler } from 'express';
import { body, param, query } from 'express-validator';
import type { ValidationChain } from 'express-validator';
import { z } from 'zod';
import { HttpError } from '../errors.ts';
import { missingField, problemOf, unknownField } from '../shapes.ts';
import type { Problem } from '../shapes.ts';

/** The fields that each part of a request may have. */
export interface RequestShapes {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
}

type Fields<Shape> = Shape extends z.ZodType ? z.output<Shape> : unknown;

/** What a route gets of a request: the fields of all its parts, checked and cleaned. */
export type Input<Shapes extends RequestShapes> = Fields<Shapes['params']> &
  Fields<Shapes['query']> &
  Fields<Shapes['body']>;

declare module 'express-serve-static-core' {
  interface Request {
    input?: object;
  }
}

/** Checks a field by its shape, and makes the value that the route gets. */
function chainOf(locate: typeof body, name: string, shape: z.ZodType): ValidationChain {
  const isOptional = shape instanceof z.ZodOptional;
  const wrong = (value: unknown): Problem | undefined =>
    value == null && !isOptional ? missingField(name) : problemOf(name, shape, value);
  return (isOptional ? locate(name).optional() : locate(name))
    .custom((value: unknown) => wrong(value) === undefined)
    .withMessage(wrong)
    .bail()
    .customSanitizer((value) => shape.parse(value));
}

const namesOf = (shape: z.ZodObject | undefined): string[] => Object.keys(shape?.shape ?? {});

/**
 * Checks a request by its shapes and refuses it with one 400 that names every bad field, and every field of the body or the
 * query that no shape names.
 */
export function validate(shapes: RequestShapes): RequestHandler {
  const chainsOf = (locate: typeof body, shape: z.ZodObject | undefined) =>
    Object.entries(shape?.shape ?? {}).map(([name, field]) => {
      const mayBeAbsent = locate !== param && field instanceof z.ZodOptional;
      return { name, mayBeAbsent, chain: chainOf(locate, name, field as z.ZodType) };
    });
  const parts = [...chainsOf(param, shapes.params), ...chainsOf(query, shapes.query), ...chainsOf(body, shapes.body)];
  const always = parts.filter(({ mayBeAbsent }) => !mayBeAbsent);
  const [inBody, inQuery] = [new Set(namesOf(shapes.body)), new Set(namesOf(shapes.query))];

  return async (req, _res, next) => {
    // Once, for Express parses the query whenever it is read.
    const given = { body: fieldsOf(req.body), query: fieldsOf(req.query) };
    // A chain costs as much as a small route, even for a field that is optional and not there.
    const there = new Set([...given.body, ...given.query]);
    const due = there.size === 0 ? always : parts.filter(({ name, mayBeAbsent }) => !mayBeAbsent || there.has(name));
    const results = await Promise.all(due.map(({ chain }) => chain.run(req)));
    const bad = results.flatMap((result) => result.array()).map(({ msg }) => msg as Problem);
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

/** What `validate` has checked and cleaned, by these shapes. */
export const input = <Shapes extends RequestShapes>(req: Request): Input<Shapes> => (req.input ?? {}) as Input<Shapes>;
