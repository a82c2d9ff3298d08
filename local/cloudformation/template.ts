import * as z from 'zod';

/** A value of a template: JSON in which objects with one `Ref` or `Fn::…` key are intrinsic functions. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

const value = z.json() as z.ZodType<TemplateValue>;
const oneOrMore = z.union([z.string().transform((id) => [id]), z.array(z.string())]);

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), value).default({}),
  DependsOn: oneOrMore.default([]),
  Condition: z.string().optional(),
});

const outputSchema = z.looseObject({
  Value: value,
  Export: z.object({ Name: value }).optional(),
  Condition: z.string().optional(),
});

/** Strict: a section that is not read here (Mappings, Transform, …) would change the meaning of the others. */
const templateSchema = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  /** Assertions that CloudFormation makes before a deployment, about the bootstrap version in CDK's templates. */
  Rules: z.unknown().optional(),
  Parameters: z.record(z.string(), z.looseObject({ Default: value.optional() })).default({}),
  Conditions: z.record(z.string(), value).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), outputSchema).default({}),
});

export type TemplateResource = z.infer<typeof resourceSchema>;
export type Template = z.infer<typeof templateSchema>;

/** @throws Error that names the file and everything in it that is not understood. */
export const parseTemplate = (json: unknown, file: string): Template => {
  const parsed = templateSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(`${file} cannot be used by the local AWS:\n${z.prettifyError(parsed.error)}`);
};
