import {
  InvokeWithResponseStreamCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { connectLambda } from './lambda-endpoint.ts';
import { startTestLambda } from './lambda-fixture.ts';

const answering = (value: string) => `export const handler = async () => '${value}';`;

const openLocal = async () => connectLambda((await startTestLambda([])).endpoint);

describe('what the local Lambda does not have', () => {
  it.each([
    [{ Layers: ['arn:aws:lambda:eu-central-1:123456789012:layer:tools:1'] }, 'CreateFunction with Layers'],
    [{ VpcConfig: { SubnetIds: ['subnet-1'] } }, 'CreateFunction with VpcConfig'],
    [{ PackageType: 'Image', Code: { ImageUri: 'x' } }, 'the PackageType Image'],
    [{ SnapStart: { ApplyOn: 'PublishedVersions' } }, 'CreateFunction with SnapStart'],
    [{ Publish: true }, 'CreateFunction with Publish'],
    [{ KMSKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1' }, 'CreateFunction with KMSKeyArn'],
    [{ Code: { S3Bucket: 'bucket', S3Key: 'key' } }, 'CreateFunction with code in S3'],
  ])('is refused by name: %j', async (settings, subject) => {
    const { create } = await openLocal();

    await expect(create(answering('x'), settings as never)).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: `The local Lambda does not support ${subject}.`,
      $metadata: { httpStatusCode: 501 },
    });
  });

  it('lets tools send it empty', async () => {
    const { create, invoke } = await openLocal();

    const name = await create(answering('x'), {
      Layers: [],
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      SnapStart: { ApplyOn: 'None' },
      Publish: false,
      KMSKeyArn: '',
    });

    expect((await invoke(name)).value).toBe('x');
  });

  it('is refused by the name of the operation', async () => {
    const { client, create } = await openLocal();
    const FunctionName = await create(answering('x'));
    const refused = (name: string) => ({
      name: 'NotImplementedException',
      message: expect.stringContaining(`does not support ${name} (`),
    });

    await expect(client.send(new PublishVersionCommand({ FunctionName }))).rejects.toMatchObject(
      refused('PublishVersion'),
    );
    await expect(client.send(new ListVersionsByFunctionCommand({ FunctionName }))).rejects.toMatchObject(
      refused('ListVersionsByFunction'),
    );
    await expect(client.send(new InvokeWithResponseStreamCommand({ FunctionName }))).rejects.toMatchObject(
      refused('InvokeWithResponseStream'),
    );
  });
});
