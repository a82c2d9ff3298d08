import * as z from 'zod';
import type { Deployment } from '../cloudformation/deployment.ts';
import { describeResource, parseProperties, withoutEffect } from './properties.ts';

export interface StateMachinePlan {
  readonly name: string;
  readonly arn: string;
  readonly definition: string;
  readonly roleArn: string;
}

const stateMachineSchema = z.strictObject({
  DefinitionString: z.string('put the definition into the template with DefinitionBody.fromString'),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  RoleArn: z.string(),
  StateMachineType: z.literal('STANDARD', 'the local Step Functions runs standard workflows').optional(),
  ...withoutEffect(
    'StateMachineName',
    'LoggingConfiguration',
    'TracingConfiguration',
    'EncryptionConfiguration',
  ),
  ...withoutEffect('Tags'),
});

export const readStateMachines = ({ resources }: Deployment): readonly StateMachinePlan[] =>
  resources
    .filter(({ type }) => type === 'AWS::StepFunctions::StateMachine')
    .map((resource) => {
      const properties = parseProperties(resource, stateMachineSchema);
      const substitutions = new Map(Object.entries(properties.DefinitionSubstitutions));
      const definition = properties.DefinitionString.replace(/\$\{([\w.]+)\}/g, (_, name: string) => {
        const value = substitutions.get(name);
        if (value !== undefined) return String(value);
        throw new Error(`${describeResource(resource)}: DefinitionSubstitutions has no ${name}`);
      });
      return { name: resource.name, arn: resource.ref, definition, roleArn: properties.RoleArn };
    });
