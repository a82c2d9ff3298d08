import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../local/stepfunctions/definition/parse.ts';
import { InvalidDefinition } from '../../../local/stepfunctions/definition/problems.ts';

const end = { Type: 'Pass', End: true };
const invoke = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f' },
  End: true,
};
const processor = (States: object, ProcessorConfig: object = { Mode: 'INLINE' }) => ({
  ProcessorConfig,
  StartAt: Object.keys(States)[0],
  States,
});
const reader = (ReaderConfig: object) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  Arguments: { Bucket: 'b', Key: 'k' },
  ReaderConfig: { InputType: 'JSON', ...ReaderConfig },
});
const distributed = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };

/** The problems of a definition, as `{message} at {path}`; none when it is accepted. */
function problems(states: Record<string, object>, header: object = {}): string[] {
  const [StartAt] = Object.keys(states);
  const definition = { QueryLanguage: 'JSONata', StartAt, States: states, ...header };
  return problemsOf(JSON.stringify(definition));
}

function problemsOf(text: string, integrations = { hasPutEvents: false, hasObjects: true }): string[] {
  try {
    parseDefinition(text, integrations);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinition) {
      return error.problems.map(({ message, path }) => `${message} at ${path}`);
    }
    throw error;
  }
}

describe('a definition is refused with the field and its path', () => {
  it.each<[string, string[], string]>([
    ['text that is no JSON', problemsOf('{'), 'JSON'],
    ['a definition that is no object', problemsOf('[]'), 'Definition must be a valid JSON object'],
    [
      'JSONPath as the default language',
      problems({ A: end }, { QueryLanguage: undefined }),
      "the default, 'JSONPath', cannot at /QueryLanguage",
    ],
    ['JSONPath by name', problems({ A: end }, { QueryLanguage: 'JSONPath' }), 'at /QueryLanguage'],
    [
      'JSONPath in one state',
      problems({ A: { ...end, QueryLanguage: 'JSONPath' } }),
      "'QueryLanguage' can not be 'JSONPath'",
    ],
    [
      'a field of JSONPath',
      problems({ A: { ...end, ResultPath: '$.x' } }),
      "field 'ResultPath' is only supported for 'JSONPath' at /States/A",
    ],
    [
      'an unknown field',
      problems({ A: { ...end, Outptu: 1 } }),
      "Field 'Outptu' is not supported at /States/A",
    ],
    ['an unknown field at the top', problems({ A: end }, { Timeout: 1 }), "Field 'Timeout' is not supported"],
    ['an unknown type', problems({ A: { Type: 'Loop', End: true } }), "'Loop' is not a type of state"],
    [
      'a state without an end',
      problems({ A: { Type: 'Pass' } }),
      'either a Next or "End": true at /States/A',
    ],
    ['Next beside End', problems({ A: { ...end, Next: 'A' } }), 'either a Next or "End": true at /States/A'],
    ['a Next that leads nowhere', problems({ A: { Type: 'Pass', Next: 'B' } }), "There is no state 'B' here"],
    ['a start that is not there', problems({ A: end }, { StartAt: 'B' }), "'B' here at /StartAt"],
    [
      'a state that cannot be reached',
      problems({ A: end, B: end }),
      "State 'B' is not reachable at /States/B",
    ],
    ['a loop without an end', problems({ A: { Type: 'Pass', Next: 'A' } }), 'No state ends this workflow'],
    [
      'two states of one name in different scopes',
      problems({ A: { Type: 'Map', ItemProcessor: processor({ A: end }), End: true } }),
      "Another state is called 'A' too",
    ],
    ['a text with half an expression', problems({ A: { ...end, Output: '{% 1' } }), 'at /States/A/Output'],
    ['spaces around an expression', problems({ A: { ...end, Output: ' {% 1 %}' } }), "starts with '{%'"],
    [
      'an expression that cannot be parsed',
      problems({ A: { ...end, Output: { x: ['{% 1 + %}'] } } }),
      'S0207',
    ],
    [
      'a bare name',
      problems({ A: { ...end, Output: '{% phone %}' } }),
      "Reference to 'phone' at the top level",
    ],
    [
      '$states.result before there is one',
      problems({ A: { ...end, Output: '{% $states.result %}' } }),
      'result',
    ],
    [
      'a variable nobody assigns',
      problems({ A: { ...end, Output: '{% $size %}' } }),
      "Variable '$size' is not",
    ],
    ['a reserved variable', problems({ A: { ...end, Assign: { states: 1 } } }), "'states' is reserved"],
    ["a function's name as variable", problems({ A: { ...end, Assign: { count: 1 } } }), 'hide the function'],
    ['a variable name with a dash', problems({ A: { ...end, Assign: { 'a-b': 1 } } }), 'not a variable name'],
    [
      'a Wait with two times',
      problems({ A: { Type: 'Wait', Seconds: 1, Timestamp: '2026-11-21T04:00:00Z', End: true } }),
      'either',
    ],
    [
      'a Wait that is too long',
      problems({ A: { Type: 'Wait', Seconds: 1e8, End: true } }),
      '/States/A/Seconds',
    ],
    ['a Choice without rules', problems({ A: { Type: 'Choice', Choices: [] } }), '/States/A/Choices'],
    [
      'Catch on a Pass',
      problems({ A: { ...end, Catch: [] } }),
      "Field 'Catch' is not supported at /States/A",
    ],
    [
      'a heartbeat not below the timeout',
      problems({ A: { ...invoke, HeartbeatSeconds: 5, TimeoutSeconds: 5 } }),
      'smaller',
    ],
    ['a timeout of zero', problems({ A: { ...invoke, TimeoutSeconds: 0 } }), '/States/A/TimeoutSeconds'],
    [
      'States.ALL beside another name',
      problems({ A: { ...invoke, Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] } }),
      'States.ALL must stand alone',
    ],
    [
      'States.ALL before the last entry',
      problems({ A: { ...invoke, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] } }),
      'in the last entry of its list at /States/A/Retry[0]/ErrorEquals',
    ],
    ['a retrier without names', problems({ A: { ...invoke, Retry: [{}] } }), 'one or more error names'],
    [
      'a catcher that leads nowhere',
      problems({ A: { ...invoke, Catch: [{ ErrorEquals: ['X'], Next: 'B' }] } }),
      "There is no state 'B' here at /States/A",
    ],
    ['credentials', problems({ A: { ...invoke, Credentials: {} } }), "Field 'Credentials' is not supported"],
    [
      'a Lambda call without function',
      problems({ A: { ...invoke, Arguments: {} } }),
      "field 'FunctionName' is required",
    ],
    [
      'a kind of invocation that is not there',
      problems({ A: { ...invoke, Arguments: { FunctionName: 'f', InvocationType: 'Event' } } }),
      "The field 'InvocationType' is not supported",
    ],
    [
      'an integration that is not there',
      problems({ A: { ...invoke, Resource: 'arn:aws:states:::dynamodb:getItem' } }),
      "Resource 'arn:aws:states:::dynamodb:getItem' is not one of the integrations at hand at /States/A/Resource",
    ],
    [
      'a call of an AWS SDK',
      problems({ A: { ...invoke, Resource: 'arn:aws:states:::aws-sdk:s3:listBuckets' } }),
      'calls an AWS SDK, which is not supported: call it from a function at /States/A/Resource',
    ],
    [
      'a nested execution whose output is text',
      problems({ A: { ...invoke, Resource: 'arn:aws:states:::states:startExecution.sync' } }),
      'use startExecution.sync:2',
    ],
    [
      'a nested execution of nothing',
      problems({ A: { ...invoke, Resource: 'arn:aws:states:::states:startExecution.sync:2' } }),
      "The field 'StateMachineArn' is required at /States/A/Arguments",
    ],
    [
      'an ItemReader in an inline Map',
      problems({ A: { Type: 'Map', ItemReader: {}, ItemProcessor: processor({ B: end }), End: true } }),
      "Field 'ItemReader' is only for a Map whose Mode is DISTRIBUTED",
    ],
    ...(
      [
        [
          'an ItemReader beside Items',
          { ItemReader: reader({}), Items: [] },
          'A Map has either Items or an ItemReader',
        ],
        [
          'an ItemReader of something else',
          { ItemReader: { ...reader({}), Resource: 'arn:aws:states:::dynamodb:scan' } },
          "Resource 'arn:aws:states:::dynamodb:scan' is not one that items can be read from",
        ],
        [
          'an ItemReader without key',
          { ItemReader: { ...reader({}), Arguments: { Bucket: 'b' } } },
          "The field 'Key' is required at /States/A/ItemReader/Arguments",
        ],
        [
          'an ItemReader with an argument that is not known',
          { ItemReader: { ...reader({}), Arguments: { Bucket: 'b', Key: 'k', Range: '0-1' } } },
          "The field 'Range' is not supported",
        ],
        [
          'an ItemReader whose arguments are text',
          { ItemReader: { ...reader({}), Arguments: 'b/k' } },
          'Expected an object or a JSONata expression',
        ],
        [
          'Parquet files',
          { ItemReader: reader({ InputType: 'PARQUET' }) },
          "InputType 'PARQUET' is not supported: use CSV, JSON or JSONL",
        ],
        [
          'inventories',
          { ItemReader: reader({ InputType: 'MANIFEST' }) },
          "InputType 'MANIFEST' is not supported",
        ],
        [
          'a pointer that is none',
          { ItemReader: reader({ ItemsPointer: 'a' }) },
          'Expected a JSON Pointer such as /files',
        ],
        [
          'a CSV file without a word on its header',
          { ItemReader: reader({ InputType: 'CSV' }) },
          'These fields are required: [CSVHeaderLocation]',
        ],
        [
          'headers that are given and read',
          { ItemReader: reader({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', CSVHeaders: ['a'] }) },
          'CSVHeaderLocation is FIRST_ROW without CSVHeaders',
        ],
        [
          'a delimiter that is not known',
          { ItemReader: reader({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', CSVDelimiter: ',' }) },
          'Expected one of COMMA, PIPE, SEMICOLON, SPACE, TAB',
        ],
        ['an ItemReader with MaxItems below zero', { ItemReader: reader({ MaxItems: -1 }) }, 'MaxItems'],
        [
          'a field of a format in a reader of another',
          { ItemReader: reader({ CSVDelimiter: 'TAB' }) },
          "Field 'CSVDelimiter' is not supported",
        ],
        [
          'a ResultWriter to something else',
          { ResultWriter: { Resource: 'arn:aws:states:::sqs:sendMessage', Arguments: { Bucket: 'b' } } },
          "Resource 'arn:aws:states:::sqs:sendMessage' is not one that results can be written to",
        ],
        [
          'a ResultWriter without bucket',
          { ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: {} } },
          "The field 'Bucket' is required",
        ],
        [
          'a transformation that is not known',
          { ResultWriter: { WriterConfig: { Transformation: 'ZIP', OutputType: 'JSON' } } },
          'Expected one of NONE, COMPACT, FLATTEN',
        ],
        [
          'a format without its type',
          { ResultWriter: { WriterConfig: { Transformation: 'NONE' } } },
          'These fields are required: [OutputType]',
        ],
        [
          'JSON Lines as the output of a state',
          { ResultWriter: { WriterConfig: { Transformation: 'NONE', OutputType: 'JSONL' } } },
          "OutputType 'JSONL' is for results that are written to S3",
        ],
        [
          'a place for results without a service',
          { ResultWriter: { Arguments: { Bucket: 'b' } } },
          'Arguments need a Resource',
        ],
        [
          'a ResultWriter without anything',
          { ResultWriter: {} },
          'either a Resource or a WriterConfig, or both',
        ],
        ['a percentage beyond the whole', { ToleratedFailurePercentage: 100.5 }, 'a number from 0 to 100'],
        ['a percentage in words', { ToleratedFailurePercentage: 'half' }, 'a number or a JSONata expression'],
        ['a label with a space', { Label: 'a b' }, 'at most 40 plain characters'],
      ] satisfies [string, object, string][]
    ).map(([title, fields, expected]): [string, string[], string] => [
      title,
      problems({
        A: { Type: 'Map', ...fields, ItemProcessor: processor({ B: end }, distributed), End: true },
      }),
      expected,
    ]),
    [
      'readers and writers without S3',
      problemsOf(
        JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'A',
          States: {
            A: {
              Type: 'Map',
              ItemReader: reader({}),
              ItemProcessor: processor({ B: end }, distributed),
              End: true,
            },
          },
        }),
        { hasPutEvents: false, hasObjects: false },
      ),
      "'ItemReader' needs S3, and none was connected at /States/A/ItemReader",
    ],
    [
      'EXPRESS children',
      problems({
        A: {
          Type: 'Map',
          ItemProcessor: processor({ B: end }, { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }),
          End: true,
        },
      }),
      'Only STANDARD child executions',
    ],
    [
      'a batcher in an inline Map',
      problems({
        A: {
          Type: 'Map',
          ItemBatcher: { MaxItemsPerBatch: 2 },
          ItemProcessor: processor({ B: end }),
          End: true,
        },
      }),
      "Field 'ItemBatcher' is only for a Map whose Mode is DISTRIBUTED",
    ],
    [
      'a variable of an outer scope assigned again',
      problems({
        A: { Type: 'Pass', Assign: { size: 1 }, Next: 'B' },
        B: { Type: 'Map', ItemProcessor: processor({ C: { ...end, Assign: { size: 2 } } }), End: true },
      }),
      "Variable 'size' is also assigned in an outer scope",
    ],
    [
      'a variable of an inner scope read outside',
      problems({
        A: { Type: 'Map', ItemProcessor: processor({ B: { ...end, Assign: { size: 2 } } }), Next: 'C' },
        C: { ...end, Output: '{% $size %}' },
      }),
      "Variable '$size' is not assigned in any scope that can be read here at /States/C/Output",
    ],
    [
      "an outer variable read in a distributed Map's child",
      problems({
        A: { Type: 'Pass', Assign: { size: 1 }, Next: 'B' },
        B: {
          Type: 'Map',
          ItemProcessor: processor({ C: { ...end, Output: '{% $size %}' } }, distributed),
          End: true,
        },
      }),
      "Variable '$size' is not assigned in any scope that can be read here at /States/B/ItemProcessor/States/C/Output",
    ],
  ])('%s', (_title, found, expected) => {
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  it('a choice rule in JSONPath', () => {
    const rule = { Variable: '$.x', BooleanEquals: true, Next: 'B' };

    expect(problems({ A: { Type: 'Choice', Choices: [rule] }, B: end })).toContain(
      "The QueryLanguage is 'JSONata', but field 'Variable' is only supported for 'JSONPath' at /States/A/Choices[0]",
    );
  });

  it('names all problems at once', () => {
    expect(
      problems({ A: { ...end, Output: '{% x %}', Result: 1 }, B: { Type: 'Fail', Next: 'A' } }),
    ).toHaveLength(4);
  });
});

describe('a definition is accepted', () => {
  it('with comments, Version and TimeoutSeconds', () => {
    const found = problems(
      { A: { ...end, Comment: 'c', QueryLanguage: 'JSONata' } },
      { Comment: 'c', Version: '1.0', TimeoutSeconds: 60 },
    );

    expect(found).toEqual([]);
  });

  it('with variables that are assigned later in the text, or read by inner scopes', () => {
    const found = problems({
      A: { Type: 'Pass', Output: '{% $exists($later) %}', Next: 'B' },
      B: {
        Type: 'Map',
        Items: [],
        ItemProcessor: processor({ C: { ...end, Output: '{% $later %}' } }),
        Assign: { later: 1 },
        Next: 'D',
      },
      D: { Type: 'Choice', Choices: [{ Condition: '{% $later = 1 %}', Next: 'E' }], Default: 'A' },
      E: { Type: 'Succeed' },
    });

    expect(found).toEqual([]);
  });
});
