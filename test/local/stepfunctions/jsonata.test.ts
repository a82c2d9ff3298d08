import { describe, expect, it, vi } from 'vitest';
import { compileExpression, describeQueryError } from '../../../local/stepfunctions/jsonata/expression.ts';
import { FUNCTION_NAMES, inspectSyntax } from '../../../local/stepfunctions/jsonata/syntax.ts';
import { evaluateTemplate } from '../../../local/stepfunctions/jsonata/template.ts';

const environment = {
  now: () => Date.parse('2026-11-21T04:00:00Z'),
  random: () => 0.25,
  newId: () => 'an-id',
};

async function evaluate(source: string, states: Record<string, unknown> = {}): Promise<unknown> {
  const expression = compileExpression(source);
  const template = { kind: 'query', expression, field: 'Output' } as const;
  return evaluateTemplate(template, { states, variables: { outer: 7 }, environment });
}

const refusals = (source: string, members = ['input', 'context']) =>
  inspectSyntax(compileExpression(source).syntax, new Set(members)).refusals;

describe('functions that Step Functions adds', () => {
  it.each([
    ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([1, 2, 3], 2.9)', [[1, 2], [3]]],
    ['$range(1, 7, 3)', [1, 4, 7]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    // As on AWS: a range of one element is the bare number.
    ['$range(3, 3, 1)', 3],
    ["$hash('a', 'SHA-256')", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ["$hash('a', 'MD5')", '0cc175b9c0f1b6a831c399e269772661'],
    ['$random()', 0.25],
    ['$random(42) = $random(42) and $random(42) != $random(43)', true],
    ['$random(42) >= 0 and $random(42) < 1', true],
    ['$uuid()', 'an-id'],
    [`$parse('{"a": [1]}')`, { a: [1] }],
    ['$millis()', environment.now()],
    ['$now()', '2026-11-21T04:00:00.000Z'],
    ["$now('[Y]-[M01]')", '2026-11'],
  ])('%s', async (source, expected) => {
    expect(await evaluate(source)).toEqual(expected);
  });

  it.each([
    ['$partition([1], 0)'],
    ['$partition([], 2)'],
    ['$range(1, 3)'],
    ['$range(1, 3, -1)'],
    ["$hash('a')"],
  ])('%s selects nothing, which fails', async (source) => {
    await expect(evaluate(source)).rejects.toThrow('returned nothing (undefined)');
  });

  it.each([
    ["$hash('a', 'sha256')", 'only MD5, SHA-1, SHA-256, SHA-384, SHA-512'],
    ["$parse('{')", 'threw an error during evaluation'],
    ['$range(1, 360146, 1)', 'memory limit exceeded'],
    ["$error('stop here')", 'D3137: stop here'],
  ])('%s fails', async (source, message) => {
    await expect(evaluate(source)).rejects.toThrow(message);
  });
});

describe('results of expressions', () => {
  it.each([
    ['$states.input.missing', 'returned nothing (undefined)'],
    ['$sum', 'returned an unsupported result type'],
    ['{"f": function($x) { $x }}', 'returned an unsupported result type'],
  ])('%s is refused', async (source, message) => {
    await expect(evaluate(source, { input: {} })).rejects.toThrow(message);
  });

  it('writes numbers that JSON lacks by their names', async () => {
    expect(await evaluate('[1/0, -1/0]')).toEqual(['Infinity', '-Infinity']);
  });

  it('reads variables and $states, and copies what it gives', async () => {
    const input = { list: [1, 2] };

    const output = (await evaluate('{"list": $states.input.list, "outer": $outer}', { input })) as {
      list: number[];
    };

    expect(output).toEqual({ list: [1, 2], outer: 7 });
    expect(output.list).not.toBe(input.list);
  });
});

describe('limits of an evaluation', () => {
  const sum = (terms: number) => Array.from({ length: terms }, () => '1').join('+');

  it('nests a hundred levels, and not one more', async () => {
    expect(await evaluate(sum(100))).toBe(100);
    await expect(evaluate(sum(101))).rejects.toThrow('Depth=101 max=100');
  });

  it('stops an expression that runs for more than five seconds', async () => {
    let milliseconds = 0;
    const stopwatch = vi.spyOn(performance, 'now').mockImplementation(() => milliseconds);
    try {
      const slow = {
        get pause() {
          milliseconds += 5001;
          return 1;
        },
      };

      await expect(evaluate('($states.input.pause; 1 + 1)', { input: slow })).rejects.toThrow(
        'Expression evaluation timeout: it ran longer than 5000 ms',
      );
    } finally {
      stopwatch.mockRestore();
    }
  });

  it('stops a recursion without end', async () => {
    await expect(evaluate('($f := function($n) { 1 + $f($n) }; $f(1))')).rejects.toThrow('Stack overflow');
  });
});

describe('rules for the text of an expression', () => {
  it.each([
    ['phone', "Reference to 'phone' at the top level is not supported."],
    ['$map($states.input.a, function($x) { b })', "Reference to 'b' at the top level is not supported."],
    ['$$', "Reference to '$$' is not supported."],
    ['$eval("1")', "Function '$eval' is not supported; use '$parse' to read JSON text."],
    ['$states.result', "Reference to '$states.result' is not supported here."],
    ['$states.errorOutput.Error', "Reference to '$states.errorOutput' is not supported here."],
  ])('refuses %s', (source, expected) => {
    expect(refusals(source)).toEqual([expected]);
  });

  it.each([
    ['$states.input.items[value > 3].name'],
    ['$states.input.items^(>size)'],
    ['$states.input.items{name: size}'],
    ['$states.input.(a; b)'],
    ['$states.input ~> |items|{"x": size}|'],
    ['[1..3][$ > 1]'],
  ])('accepts %s', (source) => {
    expect(refusals(source)).toEqual([]);
  });

  it('finds the variables that come from outside', () => {
    const source = '($own := $first; $map($second, function($item, $i) { $item + $own + $i }) ~> $sum)';

    const { variables } = inspectSyntax(compileExpression(source).syntax, new Set());

    expect([...variables].sort()).toEqual(['first', 'second']);
  });

  it('knows every function by its name', async () => {
    const types = await Promise.all(
      [...FUNCTION_NAMES].map(async (name) => [name, await evaluate(`$exists($${name})`)]),
    );

    expect(types.filter(([, isThere]) => !isThere)).toEqual([]);
  });

  it('reports what JSONata 2.0.6 cannot parse', () => {
    const parse = () => {
      try {
        compileExpression('a[1,2');
      } catch (error) {
        return describeQueryError(error);
      }
    };

    expect(parse()).toMatch(/^S0\d+: /);
    // Syntax of a later JSONata.
    expect(() => compileExpression('$states.input.a ?? 1')).toThrow();
    expect(() => compileExpression('$states.input.a ?: 1')).toThrow();
  });
});
