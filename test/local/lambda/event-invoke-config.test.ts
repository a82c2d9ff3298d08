import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { connectLambda, openLambdaEndpoint } from './lambda-endpoint.ts';
import { startTestLambda, until, writeFunction } from './lambda-fixture.ts';

const CODE = 'export const handler = async (event) => { if (event.fail) throw new Error("asked to"); };';

describe('the event settings of a function', () => {
  it('are put as a whole, changed in part, listed and deleted', async () => {
    const { client, create } = await openLambdaEndpoint();
    const FunctionName = await create(CODE);
    const get = () => client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(get()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringMatching(/:\$LATEST doesn't have an EventInvokeConfig$/),
    });

    await client.send(
      new PutFunctionEventInvokeConfigCommand({
        ...{ FunctionName, MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 120 },
      }),
    );
    expect(await get()).toMatchObject({
      FunctionArn: expect.stringMatching(`:function:${FunctionName}:\\$LATEST$`),
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 120,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
      LastModified: expect.any(Date),
    });

    await client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
    expect(await get()).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 120 });

    await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 2 }));
    expect(await get()).not.toHaveProperty('MaximumEventAgeInSeconds');

    const listed = await client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName }));
    expect(listed.FunctionEventInvokeConfigs).toMatchObject([{ MaximumRetryAttempts: 2 }]);

    await client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    [{}, 'InvalidParameterValueException', 'You must specify at least one of error handling'],
    [{ MaximumRetryAttempts: 3 }, 'ValidationException', "Value '3' at 'maximumRetryAttempts'"],
    [{ MaximumEventAgeInSeconds: 59 }, 'ValidationException', 'greater than or equal to 60'],
  ])('are refused: %j', async (settings, name, message) => {
    const { client, create } = await openLambdaEndpoint();
    const FunctionName = await create(CODE);

    await expect(
      client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...settings })),
    ).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('send records where there is somebody who takes them, and are refused elsewhere', async () => {
    const taken: string[] = [];
    const queue = 'arn:aws:sqs:eu-central-1:123456789012:failures';
    const lambda = await startTestLambda([], {
      destinations: {
        accepts: (arn) => arn === queue,
        deliver: ({ targetArn, body }) =>
          void taken.push(`${targetArn} ${JSON.parse(body).requestContext.condition}`),
      },
    });
    const { client, create, invoke } = connectLambda(lambda.endpoint);
    const FunctionName = await create(CODE);
    const put = (Destination: string) =>
      client.send(
        new PutFunctionEventInvokeConfigCommand({
          ...{ FunctionName, MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination } } },
        }),
      );

    await expect(put('arn:aws:sns:eu-central-1:123456789012:topic')).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: expect.stringContaining('the destination arn:aws:sns:'),
    });
    await expect(
      put(`arn:aws:lambda:eu-central-1:123456789012:function:${FunctionName}`),
    ).rejects.toMatchObject({ message: "You can't specify the function as a destination for itself." });
    await put(queue);
    await invoke(FunctionName, { fail: true }, { InvocationType: 'Event' });

    await until(() => taken.length === 1, 'the record was delivered');
    expect(taken).toEqual([`${queue} RetriesExhausted`]);
  });

  it('of the template are shown', async () => {
    const config = await writeFunction(CODE, { maximumRetryAttempts: 1, maximumEventAgeSeconds: 60 });
    const { client } = connectLambda((await startTestLambda([config])).endpoint);

    expect(
      await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'subject' })),
    ).toMatchObject({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 });
  });
});
