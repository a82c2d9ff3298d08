import { MAX_ITEMS } from '../definition/item-reader.ts';
import type { ItemReader, ResultWriter } from '../definition/model.ts';
import type { ReadRequest, WriteRequest } from '../distributed/requests.ts';
import { STATES, StateFailure } from '../failure.ts';
import { isJsonObject } from '../json.ts';
import type { QueryScope } from '../jsonata/expression.ts';
import { evaluateInteger, evaluateTemplate, type Template } from '../jsonata/template.ts';

/** Evaluates ItemReader: which items are to be read. */
export async function evaluateReader(
  reader: ItemReader | undefined,
  scope: QueryScope,
): Promise<ReadRequest | undefined> {
  if (reader === undefined) {
    return undefined;
  }
  const field = 'ItemReader/ReaderConfig/MaxItems';
  const limit =
    reader.maxItems === undefined
      ? 0
      : await evaluateInteger(reader.maxItems, scope, { field, min: 0, max: MAX_ITEMS });
  const maxItems = limit === 0 ? MAX_ITEMS : limit;
  const texts = { template: reader.arguments, scope, error: STATES.itemReaderFailed };
  if (reader.source === 'list') {
    const { Bucket = '', Prefix } = await evaluateTexts(texts, ['Bucket'], ['Prefix']);
    return { source: 'list', bucket: Bucket, ...(Prefix !== undefined && { prefix: Prefix }), maxItems };
  }
  const { Bucket = '', Key = '', VersionId } = await evaluateTexts(texts, ['Bucket', 'Key'], ['VersionId']);
  return {
    source: 'object',
    bucket: Bucket,
    key: Key,
    ...(VersionId !== undefined && { versionId: VersionId }),
    format: reader.format,
    maxItems,
  };
}

/** Evaluates ResultWriter; undefined where the results are the state's output. */
export async function evaluateWriter(
  writer: ResultWriter | undefined,
  scope: QueryScope,
): Promise<WriteRequest | undefined> {
  if (writer?.arguments === undefined) {
    return undefined;
  }
  const texts = { template: writer.arguments, scope, error: STATES.resultWriterFailed };
  const { Bucket = '', Prefix } = await evaluateTexts(texts, ['Bucket'], ['Prefix']);
  const { transformation, outputType } = writer;
  return {
    bucket: Bucket,
    ...(Prefix !== undefined && { prefix: Prefix }),
    transformation,
    outputType,
  };
}

/** Arguments that are all texts. */
async function evaluateTexts(
  source: { template: Template; scope: QueryScope; error: string },
  required: readonly string[],
  optional: readonly string[],
): Promise<Record<string, string>> {
  const value = await evaluateTemplate(source.template, source.scope);
  const given = isJsonObject(value) ? value : {};
  const refuse = (cause: string) => new StateFailure({ error: source.error, cause, isFromInterpreter: true });
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(given)) {
    if (typeof text !== 'string') {
      throw refuse(`The field '${name}' of Arguments must be a string, but is ${JSON.stringify(text)}.`);
    }
    if (![...required, ...optional].includes(name)) {
      throw refuse(`The field '${name}' of Arguments is not supported.`);
    }
    texts[name] = text;
  }
  const missing = required.find((name) => !texts[name]);
  if (missing !== undefined) {
    throw refuse(`The field '${missing}' of Arguments is required.`);
  }
  return texts;
}
