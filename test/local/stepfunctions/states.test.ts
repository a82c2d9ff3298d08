import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, type Workflows } from './harness.ts';

describe('states of a workflow', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  describe('Pass', () => {
    it('hands its input on when it has no Output', async () => {
      const output = await workflows.output({ Only: { Type: 'Pass', End: true } }, { size: 1 });

      expect(output).toEqual({ size: 1 });
    });

    it('makes its output of literals and expressions at any depth', async () => {
      const Output = {
        fixed: 'text',
        list: [1, '{% $states.input.size * 2 %}'],
        deep: { name: '{% $states.context.State.Name %}' },
      };

      const output = await workflows.output({ Only: { Type: 'Pass', Output, End: true } }, { size: 21 });

      expect(output).toEqual({ fixed: 'text', list: [1, 42], deep: { name: 'Only' } });
    });

    it('keeps nulls and lists with one element', async () => {
      const Output = { nothing: '{% $states.input.nothing %}', list: '{% $states.input.list %}' };

      const output = await workflows.output(
        { Only: { Type: 'Pass', Output, End: true } },
        { nothing: null, list: [1] },
      );

      expect(output).toEqual({ nothing: null, list: [1] });
    });

    it('writes the history of a state as AWS does', async () => {
      const machine = await workflows.create({ Only: { Type: 'Pass', Output: 'done', End: true } });
      const arn = await workflows.start(machine, { a: 1 });
      await workflows.ended(arn);

      const history = await workflows.history(arn);

      expect(history.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
        [1, 0, 'ExecutionStarted'],
        [2, 0, 'PassStateEntered'],
        [3, 2, 'PassStateExited'],
        [4, 3, 'ExecutionSucceeded'],
      ]);
      expect(history[1]?.stateEnteredEventDetails).toEqual({
        name: 'Only',
        input: '{"a":1}',
        inputDetails: { truncated: false },
      });
      expect(history[3]?.executionSucceededEventDetails).toEqual({
        output: '"done"',
        outputDetails: { truncated: false },
      });
    });
  });

  describe('Choice', () => {
    const choose = {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.size > 10 %}', Output: 'large', Next: 'Last' },
          { Condition: '{% $states.input.size > 5 %}', Assign: { kind: 'medium' }, Next: 'Last' },
        ],
        Default: 'Last',
        Output: 'by default',
      },
      Last: { Type: 'Pass', End: true },
    };

    it.each([
      [11, 'large'],
      [6, { size: 6 }],
      [5, 'by default'],
    ])('takes the first rule that holds for %i', async (size, expected) => {
      expect(await workflows.output(choose, { size })).toEqual(expected);
    });

    it('fails with States.NoChoiceMatched when no rule holds and there is no Default', async () => {
      const states = {
        Choose: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Last' }] },
        Last: { Type: 'Succeed' },
      };

      const execution = await workflows.run(states);

      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
    });

    it('fails when a condition is no boolean', async () => {
      const states = {
        Choose: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'Last' }], Default: 'Last' },
        Last: { Type: 'Succeed' },
      };

      const execution = await workflows.run(states);

      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
      expect(execution.cause).toContain('Choices[0]/Condition');
    });
  });

  describe('Wait', () => {
    it.each([
      ['Seconds', { Seconds: 2 }],
      ['Seconds from an expression', { Seconds: '{% $states.input.pause %}' }],
      ['Timestamp', { Timestamp: '{% $fromMillis($toMillis($states.context.State.EnteredTime) + 2000) %}' }],
    ])('waits by %s', async (_title, field) => {
      const machine = await workflows.create({ Pause: { Type: 'Wait', ...field, End: true } });
      const arn = await workflows.start(machine, { pause: 2 });
      await workflows.reached(arn, 'WaitStateEntered');

      await target.pass(1);
      expect((await workflows.describe(arn)).status).toBe('RUNNING');
      await target.pass(1);

      expect(await workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"pause":2}' });
    });

    it('does not wait for a time that has passed', async () => {
      const states = { Pause: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', End: true } };

      expect((await workflows.run(states)).status).toBe('SUCCEEDED');
    });

    it.each([
      ['a fraction of a second', { Seconds: '{% 1.5 %}' }],
      ['a time that is no RFC 3339', { Timestamp: "{% 'tomorrow' %}" }],
    ])('fails for %s', async (_title, field) => {
      const execution = await workflows.run({ Pause: { Type: 'Wait', ...field, End: true } });

      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    });
  });

  describe('Succeed and Fail', () => {
    it('ends with the Output of a Succeed state', async () => {
      expect(await workflows.output({ Done: { Type: 'Succeed', Output: '{% 6 * 7 %}' } })).toBe(42);
    });

    it('fails with Error and Cause, which may be expressions', async () => {
      const states = {
        Give: { Type: 'Fail', Error: 'Refused', Cause: "{% 'because of ' & $states.input.why %}" },
      };

      const execution = await workflows.run(states, { why: 'size' });

      expect(execution).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'because of size' });
      expect(await workflows.eventTypes(execution.executionArn ?? '')).toEqual([
        'ExecutionStarted',
        'FailStateEntered',
        'ExecutionFailed',
      ]);
    });
  });
});
