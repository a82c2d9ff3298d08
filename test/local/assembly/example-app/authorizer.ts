import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';

export const handler = async ({ headers }: APIGatewayRequestAuthorizerEventV2) => ({
  isAuthorized: headers?.authorization === 'Bearer good',
  context: { caller: 'the tester' },
});
