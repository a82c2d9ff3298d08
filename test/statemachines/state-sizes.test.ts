import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as workflowState from '../../shared/contracts/workflow-state.ts';
import { askCommit, createStoreAndMount, openSnapshot, uploadFiles } from '../support/uploading.ts';
import { openWorkflows } from './support.ts';

// A state of more than 256 KiB fails its execution with an error that nothing catches (S37). So what the workflows carry
// is added up at its largest, and stays below a quarter of that.

const MOST_BYTES = 64 * 2 ** 10;

type JsonSchema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
};

/** Characters of the longest text that fits a pattern without alternatives; Infinity for `*`, `+` and `{n,}`. */
function longestMatch(pattern: string): number {
  if (/[*+|]|\{\d+,\}/.test(pattern)) return Number.POSITIVE_INFINITY;
  const oneEach = pattern.replace(/^\^|\$$/g, '').replace(/\[[^\]]+\]|\\./g, 'x');
  return oneEach.replace(/(.)\{(?:\d+,)?(\d+)\}/g, (_, letter: string, most: string) => letter.repeat(+most))
    .length;
}

/** Bytes of the largest JSON that a schema lets pass: a character of text takes six, as `\u0001`. */
function largest(schema: JsonSchema): number {
  const { properties, items, enum: choices } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const).length;
  if (choices) return Math.max(...choices.map((choice) => JSON.stringify(choice).length));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return Math.max(...alternatives.map(largest));
  switch (schema.type) {
    case 'object':
      return Object.entries(properties ?? {}).reduce(
        (sum, [name, field]) => sum + name.length + 4 + largest(field),
        2,
      );
    case 'array':
      return 2 + (schema.maxItems ?? Number.POSITIVE_INFINITY) * (1 + largest(items ?? {}));
    case 'string':
      return (
        2 +
        (schema.pattern ? longestMatch(schema.pattern) : 6 * (schema.maxLength ?? Number.POSITIVE_INFINITY))
      );
    case 'integer':
      return 16;
    case 'boolean':
    case 'null':
      return 5;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

const largestOf = (schema: z.ZodType) =>
  schema instanceof z.ZodVoid ? 4 : largest(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);

const tasks = Object.entries(workflowState).filter(([name]) => name.endsWith('Task')) as [
  string,
  { input: z.ZodType; output: z.ZodType },
][];

describe('what the workflows carry', () => {
  it.each(tasks)('%s takes and gives little, whatever comes', (_, { input, output }) => {
    expect(largestOf(input) + largestOf(output)).toBeLessThan(MOST_BYTES / 2);
  });

  it('is found too large when a text has no limit', () => {
    expect(largestOf(z.object({ name: z.string() }))).toBe(Number.POSITIVE_INFINITY);
    expect(largestOf(z.object({ names: z.array(z.string().max(10)) }))).toBe(Number.POSITIVE_INFINITY);
  });

  it('has a contract for every function that a state machine calls', () => {
    const folder = join(import.meta.dirname, '..', '..', 'statemachines');
    const called = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/\$\{(\w+)Arn\}/g)].map((match) => match[1]),
    );
    const known = tasks.map(([name]) =>
      name.replace(/^./, (first) => first.toUpperCase()).replace(/Task$/, ''),
    );

    expect(new Set(called)).toEqual(new Set(known));
  });

  it('stays small when a task fails with the longest message that Lambda gives', async () => {
    const cause = '\u0001'.repeat(40_000);
    const { service, local, machines } = await openWorkflows();
    await using _ = local;
    const { mount, caller } = await createStoreAndMount(service);
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    Object.assign(service.vault, {
      read: () => Promise.reject(Object.assign(new Error(cause), { name: 'UNFORESEEN' })),
    });

    const executionArn = await local.workflows.start(machines.commit, {
      uploadId: upload.uploadId,
      attempt: 1,
    });
    const execution = await local.workflows.ended(executionArn);
    const { events = [] } = await local.workflows.client.send(
      new GetExecutionHistoryCommand({ executionArn }),
    );

    expect(execution).toMatchObject({ status: 'FAILED', error: 'UNFORESEEN' });
    expect(Math.max(...events.map((event) => JSON.stringify(event).length))).toBeLessThan(MOST_BYTES);
    const refused = await service.catalog.uploads.find(upload.uploadId);
    expect(refused).toMatchObject({ state: 'open', refusal: { code: 'UNFORESEEN' } });
    expect(refused?.refusal?.message.length).toBe(1000);
  });
});
