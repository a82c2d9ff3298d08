import { describe, expect, it } from 'vitest';
import { createOpenApiDocument } from '../../shared/contracts/openapi.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { routes } from '../../shared/contracts/routes.ts';

interface Schema {
  required?: string[];
  properties?: Record<string, { pattern?: string }>;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: { pattern?: string } }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}
const document = createOpenApiDocument() as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
};

describe('the OpenAPI document', () => {
  it('has every route once, with its method and name', () => {
    const named = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    );
    const expected = Object.entries<RouteContract>(routes).map(
      ([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path}`,
    );

    expect(named.sort()).toEqual(expected.sort());
    expect(document.openapi).toBe('3.1.0');
  });

  it('names every variable of a path as a required parameter', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(operations)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath.map(({ name }) => name)).toEqual(variables);
        expect(inPath.every(({ required }) => required)).toBe(true);
      }
    }
  });

  it('says which fields a request needs and does not demand those with a default', () => {
    const createMount = document.paths['/v1/mounts']?.post;

    expect(createMount?.requestBody?.content['application/json']?.schema.required).toEqual([
      'storeId',
      'name',
      'expire',
    ]);
  });

  it('describes the problem details of every operation', () => {
    for (const operations of Object.values(document.paths)) {
      for (const { responses } of Object.values(operations)) expect(responses).toHaveProperty('default');
    }
  });

  it('says that a body may be left out where nothing in it is needed', () => {
    const createRestore = document.paths['/v1/recovery-points/{recoveryPointId}/restores']?.post;

    expect(createRestore?.requestBody?.required).toBe(false);
    expect(document.paths['/v1/stores']?.post?.requestBody?.required).toBe(true);
  });

  it('describes what API Gateway answers itself', () => {
    const { responses } = document.paths['/v1/stores']?.post ?? {};

    for (const status of ['401', '403', '404', '413', '429', '431', '500', '503']) {
      expect(responses).toHaveProperty(status);
    }
  });

  it('has a pattern for whatever text is not free', () => {
    const createMount = document.paths['/v1/mounts']?.post;
    const schema = createMount?.requestBody?.content['application/json']?.schema;
    const expire = new RegExp(schema?.properties?.expire?.pattern ?? '');

    expect(['never', '2w 3d', '1w2d3h4m'].every((text) => expire.test(text))).toBe(true);
    expect(['', '5', '1y', 'NEVER', '-1d', ' 1d'].some((text) => expire.test(text))).toBe(false);
    const key = createMount?.parameters?.find(({ name }) => name === 'Idempotency-Key');
    expect(key?.schema.pattern).toBe('^[\\x21-\\x7e]{1,200}$');
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
