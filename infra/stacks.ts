import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle.ts';
import type { Stage } from './stage.ts';
import { StatefulStack } from './stateful-stack.ts';
import { StatelessStack } from './stateless-stack.ts';

/**
 * What must survive everything stands apart from what may be replaced at any time. The functions are bundled, unless a
 * folder is given that has their bundles.
 */
export function addStacks(
  app: App,
  stage: Stage,
  bundles = bundleFunctions(join(app.outdir, '.bundles')),
): { stateful: StatefulStack; stateless: StatelessStack } {
  const { account, region } = stage;
  const env = { ...(account && { account }), ...(region && { region }) };
  const stateful = new StatefulStack(app, `Holdfast-${stage.name}-stateful`, {
    env,
    hasLock: stage.objectLock !== undefined,
    archiveClass: stage.archive?.class,
  });
  const name = `Holdfast-${stage.name}-stateless`;
  const stateless = new StatelessStack(app, name, { env, stage, stateful, bundles });
  return { stateful, stateless };
}
