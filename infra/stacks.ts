import type { App } from 'aws-cdk-lib';
import type { Stage } from './stage.ts';
import { StatefulStack } from './stateful-stack.ts';
import { StatelessStack } from './stateless-stack.ts';

/** What must survive everything stands apart from what may be replaced at any time. */
export function addStacks(app: App, stage: Stage): { stateful: StatefulStack; stateless: StatelessStack } {
  const { account, region } = stage;
  const env = { ...(account && { account }), ...(region && { region }) };
  const stateful = new StatefulStack(app, `Holdfast-${stage.name}-stateful`, { env });
  const stateless = new StatelessStack(app, `Holdfast-${stage.name}-stateless`, { env, stage, stateful });
  return { stateful, stateless };
}
