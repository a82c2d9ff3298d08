import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, type Workflows } from './harness.ts';

describe('variables of a workflow', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  it('evaluates all of Assign and Output with the values from before the state', async () => {
    const output = await workflows.output({
      First: { Type: 'Pass', Assign: { total: 1 }, Next: 'Second' },
      Second: {
        Type: 'Pass',
        Assign: { total: '{% $total + 1 %}', before: '{% $total %}' },
        Output: '{% $total %}',
        Next: 'Third',
      },
      Third: {
        Type: 'Pass',
        Output: { input: '{% $states.input %}', total: '{% $total %}', before: '{% $before %}' },
        End: true,
      },
    });

    expect(output).toEqual({ input: 1, total: 2, before: 1 });
  });

  it('lets branches read outer variables, and keeps what they assign to themselves', async () => {
    const branch = (name: string, Assign: object) => ({
      StartAt: name,
      States: {
        [name]: { Type: 'Pass', Assign, Next: `${name} reads` },
        [`${name} reads`]: { Type: 'Pass', Output: '{% [$outer, $own] %}', End: true },
      },
    });

    const output = await workflows.output({
      Before: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [branch('One', { own: 1 }), branch('Two', { own: 2 })],
        Assign: { results: '{% $states.result %}' },
        Next: 'After',
      },
      After: { Type: 'Pass', Output: '{% $results %}', End: true },
    });

    expect(output).toEqual([
      ['o', 1],
      ['o', 2],
    ]);
  });

  it('gives every iteration variables of its own', async () => {
    const ItemProcessor = {
      StartAt: 'Keep',
      States: {
        Keep: { Type: 'Pass', Assign: { kept: '{% $states.input * $factor %}' }, Next: 'Show' },
        Show: { Type: 'Pass', Output: '{% $kept %}', End: true },
      },
    };

    const output = await workflows.output({
      Before: { Type: 'Pass', Assign: { factor: 10 }, Output: [1, 2], Next: 'Each' },
      Each: { Type: 'Map', ItemProcessor, End: true },
    });

    expect(output).toEqual([10, 20]);
  });

  it('assigns by the choice rule that was taken, or by the Choice itself for its Default', async () => {
    const states = {
      Choose: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.fast %}', Assign: { way: 'rule' }, Next: 'Show' }],
        Default: 'Show',
        Assign: { way: 'default' },
      },
      Show: { Type: 'Pass', Output: '{% $way %}', End: true },
    };

    expect(await workflows.output(states, { fast: true })).toBe('rule');
    expect(await workflows.output(states, { fast: false })).toBe('default');
  });

  it('records what was assigned in the history', async () => {
    const machine = await workflows.create({
      Only: { Type: 'Pass', Assign: { list: [1], text: 'a' }, End: true },
    });
    const arn = await workflows.start(machine);

    const { stateExitedEventDetails } = await workflows.reached(arn, 'PassStateExited');

    expect(stateExitedEventDetails?.assignedVariables).toEqual({ list: '[1]', text: '"a"' });
  });

  it('shows the execution, the machine and the state in the context', async () => {
    const execution = await workflows.run(
      { Look: { Type: 'Pass', Output: '{% $states.context %}', End: true } },
      { a: 1 },
    );

    expect(JSON.parse(execution.output ?? '')).toMatchObject({
      Execution: { Id: execution.executionArn, Name: execution.name, Input: { a: 1 }, RedriveCount: 0 },
      StateMachine: { Id: execution.stateMachineArn },
      State: { Name: 'Look', RetryCount: 0 },
    });
  });
});
