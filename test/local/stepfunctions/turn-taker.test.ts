import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MachineLibrary } from '../../../local/stepfunctions/machine-library.ts';
import { Machines } from '../../../local/stepfunctions/machines.ts';
import { Starts } from '../../../local/stepfunctions/starts.ts';
import { Store } from '../../../local/stepfunctions/store/store.ts';
import { TurnTaker } from '../../../local/stepfunctions/turn-taker.ts';
import { ROLE_ARN } from './harness.ts';

const home = { region: 'eu-central-1', accountId: '000000000000' };
const clock = () => 0;

function openTurns() {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-turns-'));
  const store = new Store(directory);
  const library = new MachineLibrary(store.machines, { hasPutEvents: false, hasObjects: false });
  let ids = 0;
  const newId = () => `id-${++ids}`;
  const basics = { store, library, home, clock, newId };
  const starts = new Starts({ ...basics, payloadBytes: 1000 });
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Only',
    States: { Only: { Type: 'Succeed' } },
  });
  const stateMachineArn = new Machines(basics).put({ name: 'm', definition, roleArn: ROLE_ARN });
  const environment = { now: clock, random: Math.random, newId };
  const limits = { payloadBytes: 1000, historyEvents: 100 };
  const turns = new TurnTaker(store, { home, limits, environment, library, starts, findRefusal: undefined });
  const start = (name: string): number => {
    const plan = starts.plan({ stateMachineArn, name, input: '{}' });
    return plan.kind === 'new' ? store.start(plan) : plan.execution.id;
  };
  return {
    turns,
    stateMachineArn,
    start,
    [Symbol.dispose]: () => {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('a turn', () => {
  it('is taken again when somebody else took the name of the execution that it was to start', async () => {
    using open = openTurns();
    const parent = open.start('parent');
    const plans: string[] = [];

    const taken = await open.turns.take(
      parent,
      async (turn) => {
        const plan = turn.reader.planStart({
          stateMachineArn: open.stateMachineArn,
          name: 'nested',
          input: '{}',
        });
        plans.push(plan.kind);
        if (plan.kind === 'new') {
          turn.starts.push(plan);
          open.start('nested');
        }
      },
      () => false,
    );

    expect(plans).toEqual(['new', 'existing']);
    expect(taken?.startedIds).toEqual([]);
  });

  it('changes nothing when the service closes before it is stored', async () => {
    using open = openTurns();
    const parent = open.start('parent');

    const taken = await open.turns.take(
      parent,
      async (turn) => turn.end({ status: 'ABORTED' }),
      () => true,
    );

    expect(taken).toBeUndefined();
    expect(open.start('parent')).toBe(parent);
  });
});
