import * as z from 'zod';
import type { DeployedResource } from '../cloudformation/deployment.ts';

/** Properties that are accepted and mean nothing on one machine. */
export const withoutEffect = <Name extends string>(...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
    Name,
    z.ZodOptional<z.ZodUnknown>
  >;

/**
 * The properties of a resource, all of them known. Schemas are strict: what would be ignored here would work
 * differently after a deployment.
 * @throws Error that names the resource and every property that is not supported or not as it should be.
 */
export const parseProperties = <Schema extends z.ZodType>(
  resource: DeployedResource,
  schema: Schema,
): z.infer<Schema> => {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${describeResource(resource)} is not supported by the local AWS as it is:\n${z.prettifyError(parsed.error)}`,
  );
};

export const describeResource = ({ stackName, logicalId, type }: DeployedResource): string =>
  `${stackName}/${logicalId} (${type})`;

/** Numbers may come as text: CloudFormation takes both. */
export const integer = z.coerce.number().int();

const statement = z.object({ Effect: z.enum(['Allow', 'Deny']) }).loose();

/** A policy document; what its statements mean is checked by the services that evaluate them. */
export const policyDocument = z.object({
  Version: z.string().optional(),
  Statement: z.union([statement, z.array(statement)]),
});
