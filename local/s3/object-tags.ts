import { S3Error } from './s3-error.ts';
import { checkChildren, childOf, elementsOf, malformed, parseXml, textOf } from './xml.ts';

export type Tags = Readonly<Record<string, string>>;

type TagPair = readonly [key: string, value: string];

/** Limits of object tags, in characters. */
const MAX_TAGS = 10;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
/** Letters, digits and spaces of any script, and a few signs. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Reads x-amz-tagging: pairs as in a URL's query. Throws S3's refusals. */
export function readTaggingHeader(header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined;
  const pairs = header.split('&').filter((pair) => pair !== '');
  const tags = pairs.map((pair): TagPair => {
    const at = pair.indexOf('=');
    const decode = (text: string) => decodeText(text, header);
    return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
  const isReadable = tags.every(([key, value]) => key !== '' && TAG_TEXT.test(key) && TAG_TEXT.test(value));
  if (!isReadable || new Set(tags.map(([key]) => key)).size < tags.length) throw unreadable(header);
  return checkedTags(tags);
}

/** Reads the body of PutObjectTagging. */
export function parseTagging(text: string): Tags {
  const document = parseXml(text, 'Tagging', ['Tag']);
  checkChildren(document, ['TagSet']);
  const set = childOf(document, 'TagSet');
  if (set === undefined) throw malformed('TagSet is missing');
  checkChildren(set, ['Tag']);
  const pairs = elementsOf(set, 'Tag').map((tag): TagPair => {
    checkChildren(tag, ['Key', 'Value']);
    const key = textOf(tag, 'Key');
    const value = textOf(tag, 'Value');
    if (key === undefined || value === undefined) throw malformed('each Tag needs a Key and a Value');
    return [key, value];
  });
  return checkedTags(pairs);
}

export function taggingElement(tags: Tags) {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}

/** Throws S3's refusals of tags beyond its limits. */
function checkedTags(pairs: readonly TagPair[]): Tags {
  if (pairs.length > MAX_TAGS) {
    throw new S3Error('BadRequest', `Object tags cannot be greater than ${MAX_TAGS}`);
  }
  const seen = new Set<string>();
  for (const [key, value] of pairs) {
    if (key.startsWith('aws:')) throw invalidTag('Your TagKey cannot be prefixed with aws:', key);
    if (key === '' || key.length > MAX_KEY_LENGTH || !TAG_TEXT.test(key)) {
      throw invalidTag('The TagKey you have provided is invalid', key);
    }
    if (value.length > MAX_VALUE_LENGTH || !TAG_TEXT.test(value)) {
      throw invalidTag('The TagValue you have provided is invalid', key, value);
    }
    if (seen.has(key)) throw invalidTag('Cannot provide multiple Tags with the same key', key);
    seen.add(key);
  }
  return Object.fromEntries(pairs);
}

function decodeText(text: string, header: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw unreadable(header);
  }
}

function unreadable(header: string): S3Error {
  return new S3Error(
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { details: { ArgumentName: 'x-amz-tagging', ArgumentValue: header } },
  );
}

function invalidTag(message: string, key: string, value?: string): S3Error {
  const details = { TagKey: key, ...(value !== undefined && { TagValue: value }) };
  return new S3Error('InvalidTag', message, { details });
}
