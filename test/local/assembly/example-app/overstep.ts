/** Tries what its role does not allow, and a service that is not there. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

const nameOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: Error) => error.name,
  );

export const handler = async () => {
  const { BUCKET_NAME: Bucket, STATE_MACHINE_ARN: stateMachineArn, FUNCTION_NAME } = process.env;
  const Entries = [{ Source: 'test', DetailType: 'Test', Detail: '{}' }];
  const unsupported = { Credential: 'Credential=A/20261121/us-east-1/sns/aws4_request' };
  return {
    getObject: await nameOf(new S3Client().send(new GetObjectCommand({ Bucket, Key: 'items/a' }))),
    startExecution: await nameOf(new SFNClient().send(new StartExecutionCommand({ stateMachineArn }))),
    putEvents: await nameOf(new EventBridgeClient().send(new PutEventsCommand({ Entries }))),
    invoke: await nameOf(new LambdaClient().send(new InvokeCommand({ FunctionName: FUNCTION_NAME }))),
    sns: await fetch(String(process.env.AWS_ENDPOINT_URL), {
      headers: { authorization: `AWS4-HMAC-SHA256 ${unsupported.Credential}` },
    }).then((response) => response.json()),
  };
};
