import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findUpgradeHazards, lastingPart, type StackTemplate } from '../../infra/upgrade.ts';
import { resourcesOf, type SynthesizedStacks, synthesizeStacks, templateOf } from './synthesized.ts';

const released = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'baseline', `${name}.json`), 'utf8')) as StackTemplate;

let stacks: SynthesizedStacks;
beforeAll(() => {
  // The stage that the baseline was made of.
  stacks = synthesizeStacks({});
});
afterAll(() => stacks.remove());

interface Loose {
  Resources: Record<string, { Properties: Record<string, unknown>; DeletionPolicy?: string }>;
  Outputs: Record<string, unknown>;
}

/** Hazards of an update from the stacks of now to the same with a change. */
function hazardsOf(name: 'stateful' | 'stateless', change: (template: Loose) => void): string[] {
  const template = structuredClone(templateOf(stacks[name]));
  change(template as unknown as Loose);
  return findUpgradeHazards(templateOf(stacks[name]), template);
}

const idOf = (name: 'stateful' | 'stateless', type: string): string => {
  const [resource] = resourcesOf(stacks[name], type);
  if (resource === undefined) throw new Error(`there is no ${type}`);
  return resource.id;
};
const only = (template: Loose, id: string) => {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`there is no ${id}`);
  return resource;
};
const tableType = 'AWS::DynamoDB::GlobalTable';
type Index = { IndexName: string; KeySchema: object[] };

describe('an update from the release', () => {
  it.each(['stateful', 'stateless'] as const)('of the %s stack loses nothing that lasts', (name) => {
    expect(findUpgradeHazards(released(name), templateOf(stacks[name]))).toEqual([]);
  });

  it('finds everything that holds data under the same logical ids', () => {
    expect(Object.keys(released('stateful').Resources).sort()).toEqual([
      'Catalog742F25FD',
      'Key961B73FD',
      'Vault23237E5B',
      'VaultPolicyE1328754',
    ]);
    expect(Object.keys(templateOf(stacks.stateful).Resources)).toEqual(
      expect.arrayContaining(Object.keys(released('stateful').Resources)),
    );
  });

  it('is compared with what a release is known by, not with what each version changes', () => {
    const { Resources } = released('stateless');

    expect(JSON.stringify(Resources)).not.toMatch(/S3Key|DefinitionString|Environment/);
    expect(Object.values(Resources).map(({ Type }) => Type)).toEqual(
      expect.arrayContaining(['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Function', 'AWS::SQS::Queue']),
    );
  });
});

describe('found as a hazard is', () => {
  it('a key of the table that is renamed', () => {
    const id = idOf('stateful', tableType);

    const hazards = hazardsOf('stateful', (template) => {
      only(template, id).Properties.KeySchema = [
        { AttributeName: 'partition', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ];
    });

    expect(hazards).toEqual([`${id} (${tableType}): would be replaced by an empty one`]);
  });

  it('a name given to the bucket', () => {
    const id = idOf('stateful', 'AWS::S3::Bucket');

    const hazards = hazardsOf('stateful', (template) => {
      only(template, id).Properties.BucketName = 'a-better-name';
    });

    expect(hazards.join()).toContain(`${id} (AWS::S3::Bucket): would be replaced`);
  });

  it.each([
    ['stateful', tableType, 'would be left behind'],
    ['stateful', 'AWS::S3::Bucket', 'would be left behind'],
    ['stateful', 'AWS::KMS::Key', 'would be left behind'],
    ['stateless', 'AWS::ApiGatewayV2::Api', 'would be destroyed'],
    ['stateless', 'AWS::SQS::Queue', 'would be destroyed'],
    ['stateless', 'AWS::Events::EventBus', 'would be destroyed'],
  ] as const)('in the %s stack another logical id of %s', (name, type, what) => {
    const id = idOf(name, type);

    const hazards = hazardsOf(name, (template) => {
      template.Resources.Renamed = only(template, id);
      delete template.Resources[id];
    });

    expect(hazards.join('\n')).toContain(`${id} (${type}): ${what}`);
  });

  it('another name of a workflow, whose executions run for days', () => {
    const id = idOf('stateless', 'AWS::StepFunctions::StateMachine');

    const hazards = hazardsOf('stateless', (template) => {
      only(template, id).Properties.StateMachineName = 'other';
    });

    expect(hazards.join()).toContain('would be replaced');
  });

  it('a policy that no longer retains', () => {
    const id = idOf('stateful', tableType);

    const hazards = hazardsOf('stateful', (template) => {
      only(template, id).DeletionPolicy = 'Delete';
    });

    expect(hazards).toEqual([`${id} (${tableType}): DeletionPolicy is no longer Retain`]);
  });

  it('an export that is gone or has another value, as long as it was in the release', () => {
    const [gone, changed] = Object.entries(lastingPart(templateOf(stacks.stateful)).Outputs ?? {});

    const hazards = hazardsOf('stateful', ({ Outputs }) => {
      delete Outputs[gone?.[0] ?? ''];
      Outputs[changed?.[0] ?? ''] = { ...changed?.[1], Value: 'other' };
    });

    expect(hazards).toHaveLength(2);
    expect(hazards[0]).toMatch(/^export .* is gone while another stack uses it$/);
    expect(hazards[1]).toMatch(/^export .* has another value/);
  });

  it('two indexes at once, and other keys of one', () => {
    const id = idOf('stateful', tableType);

    const hazards = hazardsOf('stateful', (template) => {
      const { Properties } = only(template, id);
      const [first, ...others] = Properties.GlobalSecondaryIndexes as Index[];
      const added = ['one', 'two'].map((IndexName) => ({ ...first, IndexName }));
      const rekeyed = { ...first, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] };
      Properties.GlobalSecondaryIndexes = [rekeyed, ...others, ...added];
    });

    expect(hazards.join('\n')).toContain('the keys of its index listing cannot be changed');
    expect(hazards.join('\n')).toContain('one update creates or deletes one index, not one, two');
  });
});

describe('no hazard is', () => {
  it('a new index, a new resource, another setting or description', () => {
    const id = idOf('stateful', tableType);

    const hazards = hazardsOf('stateful', (template) => {
      const { Properties } = only(template, id);
      const indexes = Properties.GlobalSecondaryIndexes as Index[];
      Properties.GlobalSecondaryIndexes = [...indexes, { ...indexes[0], IndexName: 'one' }];
      Properties.TimeToLiveSpecification = { AttributeName: 'other', Enabled: true };
      only(template, idOf('stateful', 'AWS::KMS::Key')).Properties.Description = 'other';
      template.Resources.Queue = { Type: 'AWS::SQS::Queue', Properties: {} } as never;
    });

    expect(hazards).toEqual([]);
  });
});

describe('the stateful stack', () => {
  it('cannot be deleted by mistake, and keeps everything when it is', () => {
    expect(stacks.stacks.stateful.terminationProtection).toBe(true);
    for (const [id, resource] of Object.entries(templateOf(stacks.stateful).Resources)) {
      expect({ id, ...resource }).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('exports what others may need whether they do or not, so that neither stack waits for the other', () => {
    const used = JSON.stringify(templateOf(stacks.stateless)).match(/Fn::ImportValue":"[^"]+/g) ?? [];
    const exported = Object.values(templateOf(stacks.stateful).Outputs ?? {}).map(
      ({ Export }) => Export?.Name,
    );

    expect(new Set(used.map((text) => text.split('":"')[1])).size).toBeGreaterThan(3);
    expect(exported).toEqual(expect.arrayContaining(used.map((text) => text.split('":"')[1])));
    expect(exported).toHaveLength(5);
  });
});
