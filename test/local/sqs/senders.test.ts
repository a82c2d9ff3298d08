import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { checkCallers } from '../../../local/delivery/caller.ts';
import { ACCOUNT, createQueue, queueArn, receive, runSqs, type SqsUnderTest } from './queues.ts';

const sendTo = ({ sqs }: SqsUnderTest, name: string, id = 'm-1') =>
  sqs.sendMessage({
    ...{ queueArn: queueArn(name), id, body: 'x', attributes: {} },
    caller: { kind: 'service', principal: 'sns.amazonaws.com', sourceArn: 'arn:aws:sns:topic' },
  });
const Policy = JSON.stringify({
  Statement: {
    ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' },
    ...{
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-central-1:123456789012:other' } },
    },
  },
});
const run = () => runSqs({ isCallerAllowed: checkCallers(new Map(), ACCOUNT) });

describe('a message from another service', () => {
  it('comes into a queue of the template only by a policy', async () => {
    const aws = await run();
    aws.sqs.putQueues([{ name: 'of-template', attributes: {} }]);

    expect(() => sendTo(aws, 'of-template')).toThrow(
      /sns.amazonaws.com for arn:aws:sns:topic is not authorized/,
    );
    expect(() => sendTo(aws, 'none')).toThrow(/does not exist/);
  });

  it('comes into a queue of the API until that has a policy which says otherwise', async () => {
    const aws = await run();
    const QueueUrl = await createQueue(aws.client, {}, 'of-api');

    sendTo(aws, 'of-api');
    await aws.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));

    expect(() => sendTo(aws, 'of-api', 'm-2')).toThrow(/is not authorized/);
    expect(await receive(aws.client, QueueUrl)).toMatchObject([{ MessageId: 'm-1', Body: 'x' }]);
  });

  it('is there once when it is sent again under the same id, as after a crash', async () => {
    const aws = await run();
    await createQueue(aws.client, {}, 'q');

    sendTo(aws, 'q');
    sendTo(aws, 'q');

    expect(aws.sqs.peek(queueArn('q'))).toHaveLength(1);
  });
});
