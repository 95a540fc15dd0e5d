import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, MAX_KEY_LENGTH } from '../common/src/http/idempotency.ts';
import { commonErrors } from '../common/src/http/route.ts';
import type { Api, Route } from '../common/src/http/route.ts';
import { errorBody } from '../common/src/shapes.ts';
import { api as auth } from '../auth/src/routes/api.ts';
import { api as orders } from '../orders/src/routes/api.ts';
import { api as payments } from '../payments/src/routes/api.ts';
import { api as tickets } from '../tickets/src/routes/api.ts';
import type { z } from 'zod';
import type { Schema } from './compatibility.ts';
import { publish, resolved, schemas, withBlock } from './generated.ts';

/** A change that breaks clients of the API needs a new major version. */
const VERSION = '1.0.0';

/** The declared routes of each service with an API. */
export const apis: Record<string, Api> = { auth, tickets, orders, payments };

/** The router's own error codes, by status; any route may return them. */
const ROUTER_ERRORS: Record<number, string[]> = {
  400: ['bad-request'],
  408: ['request-timeout'],
  413: ['body-too-large'],
  431: ['headers-too-large'],
  502: ['service-unavailable'],
  503: ['service-unavailable'],
  504: ['service-timeout'],
};

const components: Record<string, Schema> = {};
const requestSchema = schemas('input', components);
const responseSchema = schemas('output', components);
responseSchema(errorBody);

const addressOf = ({ prefix }: Api, { path }: Route): string => `${prefix}${path === '/' ? '' : path}`;

/** The error codes of the validation of a schema's fields. */
function fieldCodes(schema: Schema, isOuter = true): string[] {
  const parts = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  const own = schema['x-error-codes'] ?? [];
  const missing = schema.required?.length ? ['required'] : [];
  const notObject = schema.type === 'object' && !isOuter ? ['invalid-type', 'unknown-field'] : [];
  return [...own, ...missing, ...notObject, ...parts.flatMap((part) => fieldCodes(part, false))];
}

/** Every error code that a route can return, by status. */
function errorsOf(route: Route): Map<string, string[]> {
  const requests = [route.query, route.body].flatMap((shape) => (shape ? [schemaOf(shape)] : []));
  // A path always has its parameters.
  const params = Object.values(route.params ? (schemaOf(route.params).properties ?? {}) : {});
  const fields = { 400: [...requests, ...params].flatMap((schema) => fieldCodes(schema)) };
  const found = new Map<string, string[]>();
  for (const errors of [fields, commonErrors(route), route.errors ?? {}, ROUTER_ERRORS])
    for (const [status, codes] of Object.entries(errors as Record<string, readonly string[]>))
      found.set(status, [...new Set([...(found.get(status) ?? []), ...codes])].sort());
  return found;
}

const schemaOf = (shape: z.ZodType): Schema => resolved(requestSchema(shape), components);

/** The responses with a single error code, by that code: most routes share them. */
const refusals: Record<string, object> = {};

const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });

const BYTES = { type: 'string', format: 'binary' };

/** One of the server-sent events of a stream. */
const EVENT = {
  type: 'object',
  required: ['data'],
  properties: {
    ...{ event: { type: 'string' }, id: { type: 'string' } },
    ...{ data: { type: 'string' }, retry: { type: 'integer', minimum: 0 } },
  },
};
const streamOf = (type: string) => (type === 'text/event-stream' ? EVENT : BYTES);

/** A multipart body with a file in the part of this name. */
const multipart = (part: string) => ({
  content: {
    'multipart/form-data': { schema: { type: 'object', required: [part], properties: { [part]: BYTES } } },
  },
});

/** An error response with one of these codes. */
function errorResponse(codes: string[]): object {
  const response = {
    description: codes.map((code) => `\`${code}\``).join(', '),
    ...json({
      allOf: [
        { $ref: '#/components/schemas/Errors' },
        { properties: { errors: { items: { properties: { code: { enum: codes } } } } } },
      ],
    }),
  };
  const [code = '', ...others] = codes;
  if (others.length > 0) return response;
  refusals[code] = response;
  return { $ref: `#/components/responses/${code}` };
}

/** The routes that take the id of an answer. */
const linksOf = (leadsTo: Record<string, string>): object =>
  Object.fromEntries(
    Object.entries(leadsTo).map(([operationId, place]) => {
      const [part, field = ''] = place.split(' ');
      const id = '$response.body#/id';
      const takes = part === 'body' ? { requestBody: { [field]: id } } : { parameters: { [field]: id } };
      return [operationId, { operationId, ...takes }];
    }),
  );

/** The request header of routes that are safe to repeat with the same key. */
const idempotencyKey = {
  name: IDEMPOTENCY_KEY,
  in: 'header',
  required: false,
  description:
    'Names this command, so that it can be sent again when its outcome is unknown: a new random value, such as a UUID, for each command. Kept for a day.',
  schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_LENGTH, pattern: '^[!-~]+$' },
};

const replayed = {
  [IDEMPOTENCY_REPLAYED]: {
    description: '`true` when this is the stored answer to an earlier request with the same key.',
    schema: { type: 'string' },
  },
};

/** The request header by which a PUT or DELETE changes only what the caller has seen. */
const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'The `ETag` of the version that the caller has seen: nothing is changed if there is another one by now. Holds in between are no change of a ticket.',
  schema: { type: 'string', examples: ['"3"'] },
};

const entityTag = { ETag: { description: 'Of what is returned, for `If-Match`.', schema: { type: 'string' } } };

function operation(service: string, name: string, route: Route): object {
  const { method, summary, requiresAuth, idempotency, tagged, params, query, body, upload, answers } = route;
  const fields = [
    { shape: params, where: 'path' },
    { shape: query, where: 'query' },
  ].flatMap(({ shape, where }) => {
    const { properties = {}, required = [] } = shape ? requestSchema(shape) : {};
    return Object.entries(properties).map(([field, schema]) => ({
      name: field,
      in: where,
      required: required.includes(field),
      schema,
    }));
  });
  const named = [
    ...(idempotency ? ['IdempotencyKey'] : []),
    ...(tagged === true && (method === 'put' || method === 'delete') ? ['IfMatch'] : []),
  ].map((component) => ({ $ref: `#/components/parameters/${component}` }));
  const parameters = [...fields, ...named];
  return {
    operationId: `${service}.${name}`,
    summary,
    tags: [service],
    ...(requiresAuth && { security: [{ session: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, ...json(requestSchema(body)) } }),
    ...(upload !== undefined && { requestBody: { required: true, ...multipart(upload) } }),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, { when, body: shape, leadsTo, types }]) => {
        const headers = { ...(idempotency === 'replayed' && replayed), ...(tagged === true && shape && entityTag) };
        return [
          status,
          {
            description: when,
            ...(Object.keys(headers).length > 0 && { headers }),
            ...(shape && json(responseSchema(shape))),
            ...(types && { content: Object.fromEntries(types.map((type) => [type, { schema: streamOf(type) }])) }),
            ...(leadsTo && { links: linksOf(leadsTo) }),
          },
        ];
      }),
      ...[...errorsOf(route)].map(([status, codes]) => [status, errorResponse(codes)]),
    ]) as object,
  };
}

/** The API of the marketplace as OpenAPI 3.1, generated from the routes that the services declare. */
export function openApi() {
  const paths: Record<string, Record<string, object>> = {};
  for (const [service, api] of Object.entries(apis))
    for (const [name, route] of Object.entries(api.routes)) {
      const path = addressOf(api, route).replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [route.method]: operation(service, name, route) };
    }
  return {
    openapi: '3.1.1',
    info: {
      title: 'The ticket marketplace',
      version: VERSION,
      description:
        'Generated by docs/openapi.ts from the routes that the services declare. Responses may get more fields: ignore those that you do not know.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(apis).map(([name, { about }]) => ({ name, description: about })),
    security: [],
    paths,
    components: {
      schemas: inOrder(components),
      responses: inOrder(refusals),
      parameters: { IdempotencyKey: idempotencyKey, IfMatch: ifMatch },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'session',
          description: 'The cookie that signing up and signing in set, and its signature.',
        },
      },
    },
  };
}

const inOrder = <T>(named: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).sort(([a], [b]) => a.localeCompare(b)));

/** `{ title, price, venue? }`, or the name of a component. */
function brief(schema: Schema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.items) return `${brief(schema.items)}[]`;
  const { properties = {}, required = [] } = schema;
  const fields = Object.keys(properties).map((name) => `${name}${required.includes(name) ? '' : '?'}`);
  return fields.length > 0 ? `\`{ ${fields.join(', ')} }\`` : '`{}`';
}

const nameOf = (ref: string): string => `**${ref.split('/').at(-1) ?? ''}**`;

function routeTable(): string {
  const rows = Object.values(apis).flatMap((api) =>
    Object.values(api.routes).map((route) => {
      const { query, body, upload, answers, errors = {} } = route;
      const takes = [
        ...(body ? [brief(requestSchema(body))] : []),
        ...(upload === undefined ? [] : [`multipart/form-data with the file in \`${upload}\``]),
        ...(query ? [`\`?${Object.keys(query.shape).join('&')}\``] : []),
      ];
      const answer = [
        ...Object.entries(answers).map(([status, { when, body: shape }]) =>
          [status, ...(shape ? [brief(responseSchema(shape))] : []), when].join(' '),
        ),
        ...Object.entries(errors).map(
          ([status, codes]) => `${status} ${codes.map((code) => `\`${code}\``).join(', ')}`,
        ),
      ];
      const name = `\`${route.method.toUpperCase()} ${addressOf(api, route)}\``;
      return `| ${name} | ${route.summary} | ${takes.join(' ')} | ${answer.join('; ')} |`;
    }),
  );
  return ['| route | what it does | takes | answers |', '|-|-|-|-|', ...rows].join('\n');
}

function componentList(): string {
  const hidden = ['Errors', 'Problem'];
  return Object.entries(inOrder(components))
    .filter(([name]) => !hidden.includes(name))
    .map(([name, schema]) => {
      const choices = Object.entries(schema.properties ?? {})
        .filter(([, { enum: values }]) => values !== undefined)
        .map(
          ([field, { enum: values = [] }]) =>
            `\`${field}\` is ${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`,
        );
      return `- **${name}** ${brief(schema)}${choices.length > 0 ? `; ${choices.join('; ')}` : ''}.`;
    })
    .join('\n');
}

if (import.meta.main) {
  const document = openApi();
  const page = withBlock('api.md', 'routes', `${routeTable()}\n\n${componentList()}`);
  await publish('docs/openapi.ts', { 'openapi.json': JSON.stringify(document), 'api.md': page });
}
