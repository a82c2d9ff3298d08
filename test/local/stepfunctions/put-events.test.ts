import { describe, expect, it } from 'vitest';
import { openLocal } from './harness.ts';

describe('a Task that puts events', () => {
  const putEvents = {
    Type: 'Task',
    Resource: 'arn:aws:states:::events:putEvents',
    Arguments: {
      Entries: [
        { Source: 'holdfast', DetailType: 'Committed', Detail: { upload: '{% $states.input.id %}' } },
      ],
    },
    End: true,
  };

  it('sends entries with their detail as text and names the execution among the resources', async () => {
    const sent: unknown[] = [];
    await using local = await openLocal({
      putEvents: async (entries) => {
        sent.push(...entries);
        return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
      },
    });

    const execution = await local.workflows.run({ Announce: putEvents }, { id: 'u1' });

    expect(execution.output).toBe('{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}');
    expect(sent).toEqual([
      {
        Source: 'holdfast',
        DetailType: 'Committed',
        Detail: '{"upload":"u1"}',
        Resources: [execution.executionArn, execution.stateMachineArn],
      },
    ]);
  });

  it('fails when an entry was refused', async () => {
    await using local = await openLocal({
      putEvents: async () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }),
    });

    const execution = await local.workflows.run({ Announce: putEvents }, { id: 'u1' });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'EventBridge.FailedEntry' });
  });

  it('is refused by name when no event bus is connected', async () => {
    await using local = await openLocal();

    await expect(local.workflows.create({ Announce: putEvents })).rejects.toThrow('events:putEvents');
  });
});
