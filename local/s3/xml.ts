import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { notImplemented, S3Error } from './s3-error.ts';

export type XmlValue = string | number | boolean | XmlElement | readonly (string | XmlElement)[] | undefined;
export interface XmlElement {
  readonly [name: string]: XmlValue;
}

/** What a request body holds: texts and elements; elements that may repeat are always lists. */
export type ParsedXml = string | { readonly [name: string]: ParsedXml | readonly ParsedXml[] };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  // The builder's own entities leave carriage returns and control characters as they are.
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(String(value)),
});

/** A document in S3's namespace; elements with the value undefined are left out. */
export function toXml(root: string, content: XmlElement): string {
  return DECLARATION + builder.build({ [root]: { '@_xmlns': NAMESPACE, ...prune(content) } });
}

/** S3's error documents have no namespace. */
export function toErrorXml(content: XmlElement): string {
  return DECLARATION + builder.build({ Error: prune(content) });
}

/**
 * Reads a request body. `lists` names the elements that may repeat. Throws MalformedXML, also for document
 * types and CDATA, which no S3 client sends.
 */
export function parseXml(text: string, root: string, lists: readonly string[]): Record<string, ParsedXml> {
  if (/<!(DOCTYPE|ENTITY|\[CDATA\[)/i.test(text))
    throw malformed('document types and CDATA are not accepted');
  const parser = new XMLParser({
    isArray: (name) => lists.includes(name),
    parseTagValue: false,
    processEntities: false,
    tagValueProcessor: (_name, value) => decodeText(value),
    trimValues: false,
  });
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true);
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw malformed(cause instanceof Error ? cause.message : String(cause));
  }
  const element = isBlank(parsed[root]) ? {} : parsed[root];
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw malformed(`the root element must be ${root}`);
  }
  return element as Record<string, ParsedXml>;
}

/** An element that must not repeat; undefined when it is absent. */
export function childOf(element: ParsedXml, name: string): ParsedXml | undefined {
  const value = typeof element === 'string' ? undefined : element[name];
  if (Array.isArray(value)) throw malformed(`${name} must be given once`);
  return value as ParsedXml | undefined;
}

/**
 * Refuses what would be ignored: children outside the schema as MalformedXML, and those that S3 has and this
 * server does not, by their name.
 */
export function checkChildren(
  element: ParsedXml,
  known: readonly string[],
  unsupported: readonly string[] = [],
): void {
  const names = typeof element === 'string' ? (isBlank(element) ? [] : ['#text']) : Object.keys(element);
  for (const name of names) {
    if (unsupported.includes(name)) throw notImplemented(`The element ${name}`);
    const isLayout = name === '#text' && typeof element === 'object' && isBlank(element[name]);
    if (!known.includes(name) && !isLayout) throw malformed(`${name} is not expected here`);
  }
}

/** Text of an element that must not repeat; undefined when it is absent. */
export function textOf(element: ParsedXml, name: string): string | undefined {
  const value = typeof element === 'string' ? undefined : element[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw malformed(`${name} must be given once, as text`);
  return value;
}

/** Elements that may repeat, in order. */
export function elementsOf(element: ParsedXml, name: string): readonly ParsedXml[] {
  const value = typeof element === 'string' ? undefined : element[name];
  return Array.isArray(value) ? value : [];
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

function prune(element: XmlElement): Record<string, unknown> {
  const kept = Object.entries(element).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, pruneValue(value)]));
}

function pruneValue(value: XmlValue): unknown {
  if (Array.isArray(value)) return value.map(pruneValue);
  return typeof value === 'object' ? prune(value as XmlElement) : String(value);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Control characters become references, as S3 writes them. XML 1.0 has no right form for most of them, which
 * is why clients that expect such keys ask for encoding-type=url.
 */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
  return text.replace(/[&<>"'\u0000-\u001f\u007f-\u009f\u2028\ufffe\uffff]/g, (char) => {
    return ESCAPES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`;
  });
}

function decodeText(text: string): string {
  return text.replace(/&([^;&]*);?/g, (reference, name: string) => {
    if (!reference.endsWith(';')) throw malformed(`"${reference}" is not a reference`);
    const digits = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name);
    const code =
      digits === null ? Number.NaN : Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] ? 16 : 10);
    const char = code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[name];
    if (char === undefined) throw malformed(`"${reference}" is not a known reference`);
    return char;
  });
}

export function malformed(reason: string): S3Error {
  return new S3Error(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema: ${reason}.`,
  );
}
