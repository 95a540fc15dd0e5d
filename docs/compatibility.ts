/** The subset of JSON Schema that the shapes use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  const?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  'x-error-codes'?: string[];
  [more: string]: unknown;
}

type Json = Record<string, unknown>;

/**
 * The direction of compatibility. Requests come from older clients, responses go to them. Events need both: newer services
 * read messages that are under way, and older instances read what newer ones publish.
 */
type Direction = 'request' | 'response' | 'event';

/** The changes from one OpenAPI or AsyncAPI document to the next that break users of the first, a line each. */
export const breaks = (old: Json, next: Json): string[] =>
  'asyncapi' in old ? eventBreaks(old, next) : [...routeBreaks(old, next), ...codeBreaks(old, next)];

function routeBreaks(old: Json, next: Json): string[] {
  return each(at(old, 'paths'), (path, methods) =>
    each(methods as Json, (method, before) => {
      const route = `${method.toUpperCase()} ${path}`;
      const after = at(next, 'paths', path, method);
      if (after === undefined) return [`${route} was removed`];
      const was = before as Json;
      return [
        ...(was['security'] === undefined && after['security'] !== undefined ? [`${route} needs a session`] : []),
        ...parameterBreaks(route, parameters(was), parameters(after), old, next),
        ...schemaBreaks(route, jsonOf(was['requestBody']), jsonOf(after['requestBody']), 'request', old, next),
        ...each(at(was, 'responses'), (status, response) => {
          const matching = at(after, 'responses', status);
          // An error that no longer occurs breaks no client.
          if (matching === undefined) return status < '400' ? [`${route} no longer returns ${status}`] : [];
          const where = `${route} ${status}`;
          return status < '400' ? schemaBreaks(where, jsonOf(response), jsonOf(matching), 'response', old, next) : [];
        }),
      ];
    }),
  );
}

interface Parameter {
  name: string;
  required?: boolean;
  schema: Schema;
}

const parameters = (route: Json): Parameter[] => (route['parameters'] ?? []) as Parameter[];

function parameterBreaks(route: string, was: Parameter[], is: Parameter[], old: Json, next: Json): string[] {
  const changed = was.flatMap(({ name, schema }) => {
    const after = is.find((one) => one.name === name);
    if (!after) return [`${route} ${name} was removed`];
    return schemaBreaks(`${route} ${name}`, schema, after.schema, 'request', old, next);
  });
  const needed = is.filter(
    ({ name, required }) => required && !was.some((one) => one.name === name && one.required === true),
  );
  return [...changed, ...needed.map(({ name }) => `${route} ${name} is required`)];
}

const jsonOf = (message: unknown): Schema | undefined =>
  at(message as Json | undefined, 'content', 'application/json', 'schema');

/** Codes are stable, because programs act on them, whichever route returns them. */
function codeBreaks(old: Json, next: Json): string[] {
  const codes = errorCodes(next);
  return errorCodes(old)
    .filter((code) => !codes.includes(code))
    .map((code) => `the error code ${code} was removed`);
}

/** Every error code in a document, sorted. */
export function errorCodes(document: Json): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { code } = value as { code?: { enum?: string[] } };
    for (const one of code?.enum ?? []) found.add(one);
    for (const part of Object.values(value)) visit(part);
  };
  visit(document);
  return [...found].sort();
}

function eventBreaks(old: Json, next: Json): string[] {
  const payload = (document: Json, name: string) => at(document, 'channels', name, 'messages', name, 'payload');
  return each(at(old, 'channels'), (name) => {
    const after = payload(next, name);
    return after === undefined
      ? [`${name} was removed`]
      : schemaBreaks(name, payload(old, name), after, 'event', old, next);
  });
}

/** The changes from one schema to the next that break users of the first. */
function schemaBreaks(
  where: string,
  before: Schema | undefined,
  after: Schema | undefined,
  direction: Direction,
  old: Json,
  next: Json,
): string[] {
  const was = dereferenced(before, old);
  const is = dereferenced(after, next);
  if (was === undefined) return is !== undefined && direction === 'request' ? [`${where} needs a body`] : [];
  if (is === undefined) return [`${where} was removed`];
  const deeper = (name: string, one: Schema | undefined, other: Schema | undefined) =>
    schemaBreaks(`${where} ${name}`, one, other, direction, old, next);
  if (String(was.type) !== String(is.type) || was.anyOf?.length !== is.anyOf?.length || was.const !== is.const)
    return [`${where} has another type`];
  return [
    ...each(was.properties, (name, field) => deeper(name, field as Schema, is.properties?.[name])),
    ...requiredBreaks(where, was, is, direction),
    ...(was.items ? deeper('items', was.items, is.items) : []),
    ...(was.anyOf ?? []).flatMap((one, index) => deeper('or', one, is.anyOf?.[index])),
    // Without a list any value may be given.
    ...(is.enum ? (was.enum ?? []) : [])
      .filter((value) => !is.enum?.includes(value))
      .map((value) => `${where} is never ${value}`),
    ...(direction === 'response' ? [] : narrowed(where, was, is)),
    ...(direction === 'event'
      ? [
          ...(is.enum ?? []).filter((value) => !was.enum?.includes(value)).map((value) => `${where} may be ${value}`),
          ...(was.enum && !is.enum ? [`${where} may be any value`] : []),
        ]
      : []),
  ];
}

/** Older clients don't send fields that become required, and readers rely on those that always were present. */
function requiredBreaks(where: string, was: Schema, is: Schema, direction: Direction): string[] {
  const now = (is.required ?? []).filter((name) => !was.required?.includes(name));
  const noLonger = (was.required ?? []).filter((name) => is.properties?.[name] && !is.required?.includes(name));
  return [
    ...(direction === 'response' ? [] : now.map((name) => `${where} ${name} is required`)),
    ...(direction === 'request' ? [] : noLonger.map((name) => `${where} ${name} may be absent`)),
  ];
}

const atMost = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];
const atLeast = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];

/** The constraints that now refuse what was valid before. */
function narrowed(where: string, was: Schema, is: Schema): string[] {
  const limits = [
    ...atMost.filter((key) => limit(is, key, Infinity) < limit(was, key, Infinity)),
    ...atLeast.filter((key) => limit(is, key, -Infinity) > limit(was, key, -Infinity)),
    ...['pattern', 'format'].filter((key) => is[key] !== undefined && is[key] !== was[key]),
    ...(is.enum && !was.enum ? ['enum'] : []),
  ];
  return limits.map((key) => `${where} has another ${key}`);
}

const limit = (schema: Schema, key: string, none: number): number => Number(schema[key] ?? none);

const dereferenced = (schema: Schema | undefined, document: Json): Schema | undefined =>
  schema?.$ref === undefined ? schema : at(document, ...schema.$ref.split('/').slice(1));

function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => inner?.[key] as Json | undefined, value);
}

const each = (parts: object | undefined, visit: (name: string, part: unknown) => string[]): string[] =>
  Object.entries(parts ?? {}).flatMap(([name, part]) => visit(name, part));
