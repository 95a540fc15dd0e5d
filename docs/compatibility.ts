/** A part of JSON Schema: as much as the shapes use. */
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
  allOf?: Schema[];
  anyOf?: Schema[];
  'x-error-codes'?: string[];
  [more: string]: unknown;
}

type Json = Record<string, unknown>;

/**
 * Who has written with a schema and who reads it: requests come from older clients, answers go to them; events do both, for
 * messages under way are read by newer services, and older instances read what newer ones publish.
 */
type Way = 'request' | 'answer' | 'event';

/** What of the second document would break those who use the first, a line for each; OpenAPI or AsyncAPI. */
export const breaks = (old: Json, next: Json): string[] =>
  'asyncapi' in old ? eventBreaks(old, next) : [...routeBreaks(old, next), ...codeBreaks(old, next)];

function routeBreaks(old: Json, next: Json): string[] {
  return each(at(old, 'paths'), (path, methods) =>
    each(methods as Json, (method, before) => {
      const route = `${method.toUpperCase()} ${path}`;
      const after = at(next, 'paths', path, method);
      if (after === undefined) return [`${route} is gone`];
      const was = before as Json;
      return [
        ...(was['security'] === undefined && after['security'] !== undefined ? [`${route} needs a session`] : []),
        ...parameterBreaks(route, parameters(was), parameters(after), old, next),
        ...schemaBreaks(route, jsonOf(was['requestBody']), jsonOf(after['requestBody']), 'request', old, next),
        ...each(at(was, 'responses'), (status, answer) => {
          const there = at(after, 'responses', status);
          // A refusal that no longer happens breaks nobody.
          if (there === undefined) return status < '400' ? [`${route} no longer answers ${status}`] : [];
          const where = `${route} ${status}`;
          return status < '400' ? schemaBreaks(where, jsonOf(answer), jsonOf(there), 'answer', old, next) : [];
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
  const gone = was.flatMap(({ name, schema }) => {
    const after = is.find((one) => one.name === name);
    if (!after) return [`${route} ${name} is gone`];
    return schemaBreaks(`${route} ${name}`, schema, after.schema, 'request', old, next);
  });
  const needed = is.filter(
    ({ name, required }) => required && !was.some((one) => one.name === name && one.required === true),
  );
  return [...gone, ...needed.map(({ name }) => `${route} ${name} is required`)];
}

const jsonOf = (message: unknown): Schema | undefined =>
  at(message as Json | undefined, 'content', 'application/json', 'schema');

/** Codes are stable: programs act on them, wherever they are answered. */
function codeBreaks(old: Json, next: Json): string[] {
  const codes = errorCodes(next);
  return errorCodes(old)
    .filter((code) => !codes.includes(code))
    .map((code) => `the error code ${code} is gone`);
}

/** Every error code that a document names, in order. */
export function errorCodes(document: Json): string[] {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { code } = value as { code?: { enum?: string[] } };
    for (const one of code?.enum ?? []) found.add(one);
    for (const part of Object.values(value)) look(part);
  };
  look(document);
  return [...found].sort();
}

function eventBreaks(old: Json, next: Json): string[] {
  const payload = (document: Json, name: string) => at(document, 'channels', name, 'messages', name, 'payload');
  return each(at(old, 'channels'), (name) => {
    const after = payload(next, name);
    return after === undefined
      ? [`${name} is gone`]
      : schemaBreaks(name, payload(old, name), after, 'event', old, next);
  });
}

/** What of a schema's next state breaks those who know the one before it. */
function schemaBreaks(
  where: string,
  before: Schema | undefined,
  after: Schema | undefined,
  way: Way,
  old: Json,
  next: Json,
): string[] {
  const was = dereferenced(before, old);
  const is = dereferenced(after, next);
  if (was === undefined) return is !== undefined && way === 'request' ? [`${where} needs a body`] : [];
  if (is === undefined) return [`${where} is gone`];
  const deeper = (name: string, one: Schema | undefined, other: Schema | undefined) =>
    schemaBreaks(`${where} ${name}`, one, other, way, old, next);
  if (String(was.type) !== String(is.type) || was.anyOf?.length !== is.anyOf?.length || was.const !== is.const)
    return [`${where} has another type`];
  return [
    ...each(was.properties, (name, field) => deeper(name, field as Schema, is.properties?.[name])),
    ...requiredBreaks(where, was, is, way),
    ...(was.items ? deeper('items', was.items, is.items) : []),
    ...(was.anyOf ?? []).flatMap((one, index) => deeper('or', one, is.anyOf?.[index])),
    ...(was.enum ?? []).filter((value) => !is.enum?.includes(value)).map((value) => `${where} is never ${value}`),
    ...(way === 'answer' ? [] : narrowed(where, was, is)),
    ...(way === 'event'
      ? (is.enum ?? []).filter((value) => !was.enum?.includes(value)).map((value) => `${where} may be ${value}`)
      : []),
  ];
}

/** Older clients don't send what is required only now; and what was always there must be there for those who rely on it. */
function requiredBreaks(where: string, was: Schema, is: Schema, way: Way): string[] {
  const now = (is.required ?? []).filter((name) => !was.required?.includes(name));
  const noLonger = (was.required ?? []).filter((name) => is.properties?.[name] && !is.required?.includes(name));
  return [
    ...(way === 'answer' ? [] : now.map((name) => `${where} ${name} is required`)),
    ...(way === 'request' ? [] : noLonger.map((name) => `${where} ${name} may be absent`)),
  ];
}

const atMost = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];
const atLeast = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];

/** What was good before and is refused now. */
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

const each = (parts: object | undefined, look: (name: string, part: unknown) => string[]): string[] =>
  Object.entries(parts ?? {}).flatMap(([name, part]) => look(name, part));
