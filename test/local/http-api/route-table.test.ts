import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../../local/http-api/route-table.ts';

function tableOf(...routeKeys: string[]): RouteTable {
  return new RouteTable(routeKeys.map((routeKey) => ({ routeKey, functionArn: 'arn' })));
}

describe('a route', () => {
  it('is chosen by the most specific match, whatever the order of the routes', () => {
    const keys = [
      '$default',
      'ANY /{proxy+}',
      'GET /pets/{proxy+}',
      'GET /pets/dog/{id}',
      'ANY /pets/dog/{id}',
      'GET /pets/dog/1',
      'GET /pets/{kind}/1',
    ];
    const expected = [
      ['GET', '/pets/dog/1', 'GET /pets/dog/1'],
      ['GET', '/pets/dog/2', 'GET /pets/dog/{id}'],
      ['PUT', '/pets/dog/2', 'ANY /pets/dog/{id}'],
      ['GET', '/pets/cat/1', 'GET /pets/{kind}/1'],
      ['GET', '/pets/cat/2', 'GET /pets/{proxy+}'],
      ['POST', '/pets/cat/2', 'ANY /{proxy+}'],
      ['POST', '/', 'ANY /{proxy+}'],
    ] as const;

    for (const table of [tableOf(...keys), tableOf(...keys.toReversed())]) {
      for (const [method, path, key] of expected) {
        expect(table.match(method, path)?.route.routeKey, `${method} ${path}`).toBe(key);
      }
    }
  });

  it('falls back to $default, and to none without it', () => {
    expect(tableOf('GET /a', '$default').match('POST', '/a')?.route.routeKey).toBe('$default');
    expect(tableOf('GET /a').match('POST', '/a')).toBeUndefined();
  });

  it.each([
    ['GET /v1/mounts/{mountId}', '/v1/mounts/m 1', { mountId: 'm 1' }],
    ['GET /v1/mounts/{mountId}', '/v1/mounts/', undefined],
    ['GET /v1/mounts/{mountId}', '/v1/mounts/m/n', undefined],
    ['GET /v1/mounts', '/v1/mounts', {}],
    ['GET /v1/mounts', '/v1/mounts/', undefined],
    ['GET /v1/mounts', '/v1/Mounts', undefined],
    ['GET /', '/', {}],
    ['GET /files/{path+}', '/files/a/b/c', { path: 'a/b/c' }],
    ['GET /files/{path+}', '/files/', { path: '' }],
    ['GET /files/{path+}', '/files', undefined],
    ['GET /{a}/x/{b}', '/1/x/2', { a: '1', b: '2' }],
  ])('%s with the path %s has the parameters %j', (routeKey, path, pathParameters) => {
    expect(tableOf(routeKey).match('GET', path)?.pathParameters).toEqual(pathParameters);
  });

  it.each([
    ['/pets', 'not of the form'],
    ['FETCH /pets', 'not of the form'],
    ['GET pets', 'not of the form'],
    ['GET /pets/', 'a slash at its end'],
    ['GET /a//b', 'an empty segment'],
    ['GET /{proxy+}/tail', '{name+} before its end'],
    ['GET /pet-{id}', 'braces within a segment'],
  ])('with the key %s is refused', (routeKey, reason) => {
    expect(() => tableOf(routeKey)).toThrow(reason);
  });

  it('that matches the same requests as another is refused', () => {
    expect(() => tableOf('GET /a/{x}', 'GET /b', 'GET /a/{y}')).toThrow(
      'The routes GET /a/{x} and GET /a/{y} match the same requests.',
    );
  });
});
