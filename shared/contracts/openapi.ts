import * as z from 'zod';
import { message, problem } from './problem.ts';
import type { RouteContract } from './route.ts';
import { routes } from './routes.ts';

type JsonObject = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonObject => {
  // OpenAPI 3.1's schemas are JSON Schema 2020-12; transforms only brand strings, so the input form is the wire's.
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonObject;
  return io === 'output' ? withoutAdditional(json) : json;
};

/** Answers may gain fields: nobody may build on there being no others. */
const withoutAdditional = ({ additionalProperties, ...json }: JsonObject): JsonObject =>
  additionalProperties === false
    ? json
    : { ...json, ...(additionalProperties !== undefined && { additionalProperties }) };

/** The API as an OpenAPI 3.1 document, made from the route contracts. */
export function createOpenApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, contract] of Object.entries<RouteContract>(routes)) {
    const operation = { [contract.method.toLowerCase()]: operationOf(name, contract) };
    paths[contract.path] = { ...paths[contract.path], ...operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: '1',
      description:
        'Backup service for Oracle databases. Errors are problem details (RFC 9457) with a stable code; what API Gateway answers itself, before or instead of a function, is `{"message": …}`.',
    },
    security: [{ token: [] }, { basic: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API key or a store token.' },
        basic: { type: 'http', scheme: 'basic', description: 'Id and secret of an API key.' },
      },
      schemas: { Problem: schemaOf(problem, 'output'), Message: schemaOf(message, 'output') },
      responses: {
        Problem: { description: 'A problem.', content: problemContent },
        Gateway: { description: 'Refused by API Gateway.', content: messageContent },
        Either: {
          description: 'A problem, or refused by API Gateway.',
          content: { ...problemContent, ...messageContent },
        },
      },
    },
  };
}

function operationOf(name: string, contract: RouteContract): JsonObject {
  const { params, query, body, response, status, roles, summary, area } = contract;
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', query),
    ...headersOf(contract),
  ];
  return {
    operationId: name,
    summary,
    tags: [area.replace(/-api$/, '')],
    ...(roles === 'public' ? { security: [] } : { 'x-roles': roles }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: needsBody(body),
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      [status]: {
        description: summary,
        ...(response && { content: { 'application/json': { schema: schemaOf(response, 'output') } } }),
      },
      ...failuresOf(contract),
    },
  };
}

const schemaRef = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
const problemContent = { 'application/problem+json': schemaRef('Problem') };
const messageContent = { 'application/json': schemaRef('Message') };

/** An empty body is read as `{}`. */
const needsBody = (body: z.ZodType): boolean => !body.safeParse({}).success;

/** What else a route may answer: most from its function, some from API Gateway, which has its own form for it. */
function failuresOf({ roles }: RouteContract): JsonObject {
  const from = (name: 'Problem' | 'Gateway' | 'Either') => ({ $ref: `#/components/responses/${name}` });
  return {
    400: from('Either'),
    ...(roles !== 'public' && { 401: from('Gateway'), 403: from('Either') }),
    404: from('Either'),
    413: from('Gateway'),
    429: from('Gateway'),
    431: from('Gateway'),
    500: from('Either'),
    503: from('Either'),
    default: from('Problem'),
  };
}

function parametersOf(where: 'path' | 'query', schema: z.ZodObject | undefined): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, json]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: json,
  }));
}

const headersOf = ({ method, roles }: RouteContract): JsonObject[] =>
  method === 'POST' && roles !== 'public'
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: 'A repeat with the same key answers what the first request made.',
          schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
        },
      ]
    : [];
