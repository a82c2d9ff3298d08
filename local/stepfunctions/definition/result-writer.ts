import type { Fields } from './fields.ts';
import { parseLocation } from './item-reader.ts';
import type { ResultWriter } from './model.ts';
import type { Integrations } from './resource.ts';

const TRANSFORMATIONS = ['NONE', 'COMPACT', 'FLATTEN'] as const;
const OUTPUT_TYPES = ['JSON', 'JSONL'] as const;

/**
 * With a Resource, results are written to S3; with a WriterConfig alone, they are the state's output in that
 * form.
 */
export function parseResultWriter(fields: Fields, integrations: Integrations): ResultWriter | undefined {
  const writer = fields.object('ResultWriter');
  if (writer === undefined) {
    return undefined;
  }
  const resource = writer.text('Resource');
  const given = parseWriterConfig(writer);
  const format = given ?? { transformation: 'NONE', outputType: 'JSON' };
  if (resource === undefined) {
    checkInPlace(writer, given);
    return format;
  }
  if (resource !== 'arn:aws:states:::s3:putObject') {
    writer.problems.unsupported(
      `${writer.path}/Resource`,
      `Resource '${resource}' is not one that results can be written to: use arn:aws:states:::s3:putObject`,
    );
  }
  if (!integrations.hasObjects) {
    writer.problems.unsupported(writer.path, "'ResultWriter' needs S3, and none was connected");
  }
  const location = parseLocation(writer, ['Bucket'], ['Prefix']);
  writer.finish();
  return { arguments: location, ...format };
}

function parseWriterConfig(writer: Fields): Omit<ResultWriter, 'arguments'> | undefined {
  const config = writer.object('WriterConfig');
  if (config === undefined) {
    return undefined;
  }
  const transformation = choose(config, 'Transformation', TRANSFORMATIONS);
  const outputType = choose(config, 'OutputType', OUTPUT_TYPES);
  config.finish();
  return { transformation, outputType };
}

function choose<Name extends string>(config: Fields, field: string, names: readonly Name[]): Name {
  const given = config.requiredText(field);
  const name = names.find((each) => each === given);
  if (name === undefined && given !== '') {
    config.problems.invalid(`${config.path}/${field}`, `Expected one of ${names.join(', ')}`);
  }
  return name ?? (names[0] as Name);
}

function checkInPlace(writer: Fields, format: Omit<ResultWriter, 'arguments'> | undefined): void {
  if (writer.take('Arguments') !== undefined) {
    writer.problems.invalid(writer.path, 'Arguments need a Resource');
  } else if (format === undefined) {
    writer.problems.invalid(writer.path, 'Expected either a Resource or a WriterConfig, or both');
  } else if (format.outputType === 'JSONL') {
    writer.problems.unsupported(writer.path, "OutputType 'JSONL' is for results that are written to S3");
  }
  writer.finish();
}
