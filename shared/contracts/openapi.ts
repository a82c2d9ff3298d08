import * as z from 'zod';
import { problem } from './problem.ts';
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
        'Backup service for Oracle databases. Errors are problem details (RFC 9457) with a stable code; what API Gateway answers itself (401, 403, 429 and 5xx before a function runs) is `{"message": …}`.',
    },
    security: [{ token: [] }, { basic: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API key or a store token.' },
        basic: { type: 'http', scheme: 'basic', description: 'Id and secret of an API key.' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
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
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      [status]: {
        description: summary,
        ...(response && { content: { 'application/json': { schema: schemaOf(response, 'output') } } }),
      },
      default: {
        description: 'A problem.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
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
          schema: { type: 'string', minLength: 1, maxLength: 200 },
        },
      ]
    : [];
