import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { EndpointAnswer } from '../endpoint/listen.ts';
import { SnsError } from './sns-error.ts';

/** A value of a form: `a.b=1&l.member.1=x` is `{a: {b: '1'}, l: ['x']}`. */
export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue };

interface Tree {
  [name: string]: string | Tree;
}

/** Reads the parameters of the query protocol, without Action and Version. */
export const readForm = (body: string): Readonly<Record<string, FormValue>> => {
  const tree: Tree = Object.create(null);
  for (const [key, value] of new URLSearchParams(body)) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let node = tree;
    for (const part of path) {
      const inner = node[part] ?? Object.create(null);
      if (typeof inner === 'string') throw malformed(key);
      node[part] = inner;
      node = inner;
    }
    node[last] = value;
  }
  const { Action: _, Version: __, ...parameters } = tree;
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, foldLists(value)]));
};

/** `member` and `entry` hold the items of a list, by number. */
const foldLists = (value: string | Tree): FormValue => {
  if (typeof value === 'string') return value;
  const [name = '', ...others] = Object.keys(value);
  const items = value[name];
  const isList = others.length === 0 && (name === 'member' || name === 'entry');
  if (isList && typeof items === 'object') {
    const numbers = Object.keys(items).sort((a, b) => Number(a) - Number(b));
    return numbers.map((number) => foldLists(items[number] ?? ''));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, foldLists(inner)]));
};

const malformed = (key: string): SnsError =>
  new SnsError('MalformedInput', `The parameter ${key} is a value and has parts.`);

/** What an operation answers: texts, lists of answers, and answers. */
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue | undefined };

const builder = new XMLBuilder({ ignoreAttributes: false });
const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

export const resultAnswer = (
  action: string,
  result: Readonly<Record<string, XmlValue | undefined>>,
): EndpointAnswer =>
  xmlAnswer(200, {
    [`${action}Response`]: {
      '@_xmlns': NAMESPACE,
      [`${action}Result`]: withMembers(result),
      ResponseMetadata: { RequestId: randomUUID() },
    },
  });

export const errorAnswer = ({ name, message, status }: SnsError): EndpointAnswer =>
  xmlAnswer(status, {
    ErrorResponse: {
      '@_xmlns': NAMESPACE,
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: name, Message: message },
      RequestId: randomUUID(),
    },
  });

const xmlAnswer = (status: number, document: object): EndpointAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: builder.build(document),
});

/** A map as the query protocol writes it. */
export const mapEntries = (map: Readonly<Record<string, string>>): XmlValue => ({
  entry: Object.entries(map).map(([key, value]) => ({ key, value })),
});

/** Lists become `<member>` elements, except those of `entry`, which `mapEntries` made. */
const withMembers = (value: XmlValue | undefined): unknown => {
  if (value === undefined || typeof value === 'string') return value;
  if (Array.isArray(value)) return { member: value.map(withMembers) };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === 'entry' ? inner : withMembers(inner)]),
  );
};
