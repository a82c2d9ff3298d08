import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, type Workflows } from './harness.ts';

describe('branches and iterations of a workflow', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  describe('Parallel', () => {
    const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

    it('gives every branch the same input and collects their outputs in their order', async () => {
      const Branches = [
        branch('Slow', { Type: 'Wait', Seconds: 0, End: true }),
        branch('Fast', { Type: 'Pass', Output: '{% $states.input + 1 %}', End: true }),
      ];

      const output = await workflows.output(
        {
          Both: {
            Type: 'Parallel',
            Arguments: '{% $states.input.base %}',
            Branches,
            Output: { results: '{% $states.result %}' },
            End: true,
          },
        },
        { base: 1 },
      );

      expect(output).toEqual({ results: [1, 2] });
    });

    it('fails with the error of the branch that fails and aborts the others', async () => {
      const Branches = [
        branch('Endless', { Type: 'Wait', Seconds: 9999, End: true }),
        branch('Broken', { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' }),
      ];

      const execution = await workflows.run({ Both: { Type: 'Parallel', Branches, End: true } });

      expect(execution).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'on purpose' });
      const types = await workflows.eventTypes(execution.executionArn ?? '');
      expect(types.slice(-3)).toEqual(['WaitStateAborted', 'ParallelStateFailed', 'ExecutionFailed']);
    });

    it('catches what fails in a branch and goes on with the error output', async () => {
      const Branches = [branch('Broken', { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' })];
      const Catch = [{ ErrorEquals: ['Broken'], Next: 'Recover' }];

      const output = await workflows.output({
        Both: { Type: 'Parallel', Branches, Catch, End: true },
        Recover: { Type: 'Pass', End: true },
      });

      expect(output).toEqual({ Error: 'Broken', Cause: 'on purpose' });
    });

    it('tries all branches again on Retry', async () => {
      const Branches = [branch('Broken', { Type: 'Fail', Error: 'Broken' })];
      const Retry = [{ ErrorEquals: ['Broken'], IntervalSeconds: 2, MaxAttempts: 1 }];
      const machine = await workflows.create({ Both: { Type: 'Parallel', Branches, Retry, End: true } });
      const arn = await workflows.start(machine);
      await workflows.reached(arn, 'FailStateEntered');

      await target.pass(2);

      expect(await workflows.ended(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
      const types = await workflows.eventTypes(arn);
      expect(types.filter((type) => type === 'ParallelStateStarted')).toHaveLength(2);
      expect(types.filter((type) => type === 'ParallelStateFailed')).toHaveLength(1);
    });
  });

  describe('Map', () => {
    const processor = (name: string, state: object) => ({
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: name, States: { [name]: state } },
    });

    it('runs its processor for each item and keeps their order', async () => {
      const Square = { Type: 'Pass', Output: '{% $states.input * $states.input %}', End: true };

      const output = await workflows.output(
        {
          Each: {
            Type: 'Map',
            Items: '{% $states.input.numbers %}',
            ...processor('Square', Square),
            End: true,
          },
        },
        { numbers: [1, 2, 3] },
      );

      expect(output).toEqual([1, 4, 9]);
    });

    it('takes its own input as the items when it has none', async () => {
      const output = await workflows.output(
        { Each: { Type: 'Map', ...processor('Same', { Type: 'Pass', End: true }), End: true } },
        ['a', 'b'],
      );

      expect(output).toEqual(['a', 'b']);
    });

    it('succeeds with an empty list', async () => {
      const states = {
        Each: { Type: 'Map', Items: [], ...processor('Same', { Type: 'Pass', End: true }), End: true },
      };

      expect(await workflows.output(states)).toEqual([]);
    });

    it('shapes items with ItemSelector, which sees the item and its index', async () => {
      const ItemSelector = {
        number: '{% $states.context.Map.Item.Index %}',
        value: '{% $states.context.Map.Item.Value %}',
        all: '{% $count($states.input) %}',
      };

      const output = await workflows.output(
        { Each: { Type: 'Map', ItemSelector, ...processor('Same', { Type: 'Pass', End: true }), End: true } },
        ['x', 'y'],
      );

      expect(output).toEqual([
        { number: 0, value: 'x', all: 2 },
        { number: 1, value: 'y', all: 2 },
      ]);
    });

    it('never runs more iterations at once than MaxConcurrency', async () => {
      const machine = await workflows.create({
        Each: {
          Type: 'Map',
          Items: [1, 2, 3],
          MaxConcurrency: 2,
          ...processor('Pause', { Type: 'Wait', Seconds: 2, End: true }),
          End: true,
        },
      });
      const arn = await workflows.start(machine);
      await workflows.reached(arn, 'WaitStateEntered', 2);
      expect((await workflows.eventTypes(arn)).filter((type) => type === 'MapIterationStarted')).toHaveLength(
        2,
      );

      await target.pass(2);
      await workflows.reached(arn, 'WaitStateEntered', 3);
      await target.pass(2);

      expect((await workflows.ended(arn)).output).toBe('[1,2,3]');
    });

    it('fails with the error of an iteration and aborts the others', async () => {
      const Broken = {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Broken' }],
        Default: 'Pause',
      };
      const execution = await workflows.run({
        Each: {
          Type: 'Map',
          Items: [1, 2],
          ItemProcessor: {
            StartAt: 'Check',
            States: {
              Check: Broken,
              Broken: { Type: 'Fail', Error: 'Broken' },
              Pause: { Type: 'Wait', Seconds: 9999, End: true },
            },
          },
          End: true,
        },
      });

      expect(execution).toMatchObject({ status: 'FAILED', error: 'Broken' });
      const types = await workflows.eventTypes(execution.executionArn ?? '');
      expect(types.slice(-5)).toEqual([
        'MapIterationFailed',
        'MapIterationAborted',
        'WaitStateAborted',
        'MapStateFailed',
        'ExecutionFailed',
      ]);
    });

    it('forgets its iterations when it is entered again', async () => {
      const items = Array.from({ length: 12 }, (_, index) => index);

      const output = await workflows.output(
        {
          Each: { Type: 'Map', ...processor('Same', { Type: 'Pass', End: true }), Next: 'Enough' },
          Enough: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $count($states.input) = 12 %}', Output: ['again'], Next: 'Each' }],
            Default: 'Done',
          },
          Done: { Type: 'Succeed' },
        },
        items,
      );

      expect(output).toEqual(['again']);
    });

    it('fails when its items are no list', async () => {
      const execution = await workflows.run(
        { Each: { Type: 'Map', ...processor('Same', { Type: 'Pass', End: true }), End: true } },
        'text',
      );

      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    });

    it('nests in branches and in other Maps', async () => {
      const inner = {
        Type: 'Map',
        Items: '{% $states.input %}',
        ...processor('Double', { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true }),
        End: true,
      };
      const Branches = [
        { StartAt: 'Outer', States: { Outer: { Type: 'Map', ...processor('Inner', inner), End: true } } },
      ];

      const output = await workflows.output({ Both: { Type: 'Parallel', Branches, End: true } }, [
        [1, 2],
        [3],
      ]);

      expect(output).toEqual([[[2, 4], [6]]]);
    });
  });
});
