import type { ItemFormat } from '../distributed/requests.ts';
import { isJsonObject } from '../json.ts';
import { DURING_STATE, type Fields } from './fields.ts';
import type { ItemReader } from './model.ts';
import type { Integrations } from './resource.ts';

/** AWS's bound for the items of one Map run. */
export const MAX_ITEMS = 100_000_000;

const DELIMITERS: Readonly<Record<string, string>> = {
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  SPACE: ' ',
  TAB: '\t',
};

export function parseItemReader(fields: Fields, integrations: Integrations): ItemReader | undefined {
  const reader = fields.object('ItemReader');
  if (reader === undefined) {
    return undefined;
  }
  if (fields.has('Items')) {
    fields.problems.invalid(fields.path, 'A Map has either Items or an ItemReader');
  }
  if (!integrations.hasObjects) {
    fields.problems.unsupported(reader.path, "'ItemReader' needs S3, and none was connected");
  }
  const resource = reader.requiredText('Resource');
  const config = reader.object('ReaderConfig') ?? reader.at({}, 'ReaderConfig');
  const maxItems = config.integerTemplate('MaxItems', { min: 0, max: MAX_ITEMS });
  const shared = maxItems === undefined ? {} : { maxItems };
  const parsed = parseSource(resource, reader, config);
  if (parsed === undefined) {
    return undefined;
  }
  config.finish();
  reader.finish();
  return { ...parsed, ...shared };
}

function parseSource(resource: string, reader: Fields, config: Fields): ItemReader | undefined {
  switch (resource) {
    case 'arn:aws:states:::s3:listObjectsV2':
      return { source: 'list', arguments: parseLocation(reader, ['Bucket'], ['Prefix']) };
    case 'arn:aws:states:::s3:getObject':
      return {
        source: 'object',
        arguments: parseLocation(reader, ['Bucket', 'Key'], ['VersionId']),
        format: parseFormat(config),
      };
    default:
      reader.problems.unsupported(
        `${reader.path}/Resource`,
        `Resource '${resource}' is not one that items can be read from: use arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2`,
      );
      return undefined;
  }
}

/** `Arguments` that say where in S3 something lies. What comes from an expression is checked when it is there. */
export function parseLocation(fields: Fields, required: readonly string[], optional: readonly string[]) {
  const source = fields.take('Arguments') ?? {};
  const path = `${fields.path}/Arguments`;
  if (isJsonObject(source)) {
    for (const name of required.filter((field) => source[field] === undefined)) {
      fields.problems.invalid(path, `The field '${name}' is required`);
    }
    for (const name of Object.keys(source).filter((field) => ![...required, ...optional].includes(field))) {
      fields.problems.unsupported(path, `The field '${name}' is not supported`);
    }
  } else if (typeof source !== 'string' || !source.startsWith('{%')) {
    fields.problems.invalid(path, 'Expected an object or a JSONata expression');
  }
  return fields.compile(source, 'Arguments', DURING_STATE);
}

function parseFormat(config: Fields): ItemFormat {
  const type = config.requiredText('InputType');
  switch (type) {
    case 'CSV':
      return parseCsvFormat(config);
    case 'JSON': {
      const pointer = config.text('ItemsPointer');
      if (pointer !== undefined && !pointer.startsWith('/')) {
        config.problems.invalid(`${config.path}/ItemsPointer`, 'Expected a JSON Pointer such as /files');
      }
      return { kind: 'JSON', ...(pointer !== undefined && { pointer }) };
    }
    case 'JSONL':
      return { kind: 'JSONL' };
    default:
      config.problems.unsupported(
        `${config.path}/InputType`,
        `InputType '${type}' is not supported: use CSV, JSON or JSONL`,
      );
      return { kind: 'JSONL' };
  }
}

function parseCsvFormat(config: Fields): ItemFormat {
  const name = config.text('CSVDelimiter') ?? 'COMMA';
  const delimiter = DELIMITERS[name];
  if (delimiter === undefined) {
    config.problems.invalid(
      `${config.path}/CSVDelimiter`,
      `Expected one of ${Object.keys(DELIMITERS).join(', ')}`,
    );
  }
  const location = config.requiredText('CSVHeaderLocation');
  const headers = config.take('CSVHeaders');
  const shared = { kind: 'CSV', delimiter: delimiter ?? ',' } as const;
  if (location === '' || (location === 'FIRST_ROW' && headers === undefined)) {
    return shared;
  }
  const isList =
    Array.isArray(headers) && headers.length > 0 && headers.every((each) => typeof each === 'string');
  if (location !== 'GIVEN' || !isList) {
    config.problems.invalid(
      config.path,
      'CSVHeaderLocation is FIRST_ROW without CSVHeaders, or GIVEN with CSVHeaders as a list of names',
    );
    return shared;
  }
  return { ...shared, headers: headers.map(String) };
}
