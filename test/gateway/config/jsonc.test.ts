import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseJsonc } from '../../../gateway/jsonc.ts';

describe('JSON with comments', () => {
  it.each([
    ['a line comment', '{"a": 1 // one\n}', { a: 1 }],
    ['a line comment that nothing follows', '{"a": 1} // one', { a: 1 }],
    ['a line comment in a file with CRLF', '{ // one\r\n"a": 1}', { a: 1 }],
    ['a block comment over lines', '/* one\n two */ {"a": /**/ 1}', { a: 1 }],
    ['a quote in a comment', '{ // don"t\n"a": 1 /* " */}', { a: 1 }],
    ['a block comment within a line comment', '{ // /*\n"a": 1}', { a: 1 }],
    ['a byte order mark', '\uFEFF{"a": 1}', { a: 1 }],
  ])('takes %s', (_, text, value) => {
    expect(parseJsonc(text)).toEqual(value);
  });

  it.each(['http://host', '/* no */', 'a\\"// b', '\\\\', '//'])('leaves the string %j alone', (text) => {
    expect(parseJsonc(`{"a": ${JSON.stringify(text)} // ${text.replaceAll('\n', '')}\n}`)).toEqual({
      a: text,
    });
  });

  it.each([
    ['a block comment that never ends', '{"a": 1} /* one'],
    ['a comma too many', '{"a": 1,}'],
    ['a string that never ends', '{"a": "// }'],
    ['a comment that would join what it parts', '{"a": 1/**/2}'],
    ['nothing but a comment', '// one'],
  ])('refuses %s', (_, text) => {
    expect(() => parseJsonc(text)).toThrow(SyntaxError);
  });

  it('names lines and columns of the file, comments counted', () => {
    expect(() => parseJsonc('{ /* one\n two */\n  "a" 1 }')).toThrow('line 3 column 7');
  });
});

test('whatever is JSON means the same as before', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJsonc(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{\n"a": 1,\n"proxy": "http://user"wordpass"@proxy" }', "Expected ',' or '}'"],
  ['{\n"a": 1,\n"proxy": http://a:wordpass@proxy }', "Unexpected token 'h' in JSON at line 3"],
  ['wordpass', "Unexpected token 'w' in JSON at line 1"],
])('what is wrong in %j is told without quoting it', (text, why) => {
  let said = '';
  try {
    parseJsonc(text);
  } catch (error) {
    said = String(error);
  }

  expect(said).toContain(why);
  expect(said).not.toContain('word');
});
