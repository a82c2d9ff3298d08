import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { apiAreas, type RouteContract } from '../shared/contracts/route.ts';
import { routes } from '../shared/contracts/routes.ts';
import type { Functions } from './functions.ts';
import type { Stage } from './stage.ts';

/** How long an answer of the authorizer is reused; a revoked credential works no longer than this. */
const authorizerCache = Duration.seconds(60);

/** The HTTP API: one route for each contract, so that the authorizer stands before all that are not public. */
export function createApi(scope: Construct, stage: Stage, functions: Functions): HttpApi {
  const api = new HttpApi(scope, 'Api', { description: 'Holdfast', createDefaultStage: false });
  new HttpStage(scope, 'ApiStage', {
    httpApi: api,
    autoDeploy: true,
    accessLogSettings: { destination: new LogGroupLogDestination(createAccessLog(scope, stage)) },
  });
  const authorizer = new HttpLambdaAuthorizer('Authorizer', functions.authorizer, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: ['$request.header.Authorization'],
    resultsCacheTtl: authorizerCache,
  });
  const integrations = new Map(
    apiAreas.map((area) => [
      area,
      new HttpLambdaIntegration(`${area}-integration`, functions[area], {
        // One permission for the API: one for each route would fill the 500 resources that a stack may have.
        scopePermissionToRoute: false,
      }),
    ]),
  );
  for (const { method, path, area, roles } of Object.values<RouteContract>(routes)) {
    const integration = integrations.get(area);
    if (integration === undefined) throw new Error(`no function serves the area ${area}`);
    api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      integration,
      ...(roles !== 'public' && { authorizer }),
    });
  }
  return api;
}

const createAccessLog = (scope: Construct, stage: Stage) =>
  new LogGroup(scope, 'ApiAccessLog', {
    retention: stage.logRetentionDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
