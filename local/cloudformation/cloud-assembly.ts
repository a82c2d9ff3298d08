import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseTemplate, type Template } from './template.ts';

/** A stack of a CDK cloud assembly. */
export interface AssemblyStack {
  readonly name: string;
  readonly template: Template;
  /** From the environment of the stack; absent where CDK was told none. */
  readonly accountId?: string;
  readonly region?: string;
  /** S3 object key that the template names → the file or folder in the assembly. */
  readonly assets: ReadonlyMap<string, FileAsset>;
}

export interface FileAsset {
  readonly path: string;
  /** `zip`: `path` is a folder that a deployment would zip. */
  readonly packaging: 'zip' | 'file';
}

const stackArtifact = z.object({
  type: z.literal('aws:cloudformation:stack'),
  environment: z.string(),
  dependencies: z.array(z.string()).default([]),
  properties: z.object({ templateFile: z.string(), stackName: z.string().optional() }),
});
const assetArtifact = z.object({
  type: z.literal('cdk:asset-manifest'),
  properties: z.object({ file: z.string() }),
});
const manifestSchema = z.object({
  artifacts: z.record(z.string(), z.looseObject({ type: z.string() })),
});
const assetManifestSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional(), packaging: z.enum(['zip', 'file']).default('file') }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/** Reads what `cdk synth` wrote: the stacks, each after those it depends on. */
export const readCloudAssembly = (directory: string): readonly AssemblyStack[] => {
  if (!existsSync(join(directory, 'manifest.json'))) {
    throw new Error(`${directory} holds no manifest.json: synthesize the app into it first`);
  }
  const { artifacts } = manifestSchema.parse(readJson(directory, 'manifest.json'));
  const nested = Object.keys(artifacts).find((id) => artifacts[id]?.type === 'cdk:cloud-assembly');
  if (nested !== undefined) {
    throw new Error(`${nested} is a CDK stage: the local AWS reads stacks that stand directly in the app`);
  }
  const ofType = <T>(type: string, schema: z.ZodType<T>): Map<string, T> =>
    new Map(
      Object.entries(artifacts)
        .filter(([, artifact]) => artifact.type === type)
        .map(([id, artifact]) => [id, schema.parse(artifact)]),
    );
  const assets = readAssets(directory, [...ofType('cdk:asset-manifest', assetArtifact).values()]);
  const stacks = ofType('aws:cloudformation:stack', stackArtifact);
  return orderByDependencies(stacks).map(([id, stack]) => ({
    name: stack.properties.stackName ?? id,
    template: parseTemplate(
      readJson(directory, stack.properties.templateFile),
      stack.properties.templateFile,
    ),
    ...parseEnvironment(stack.environment),
    assets,
  }));
};

const readJson = (directory: string, file: string): unknown =>
  JSON.parse(readFileSync(join(directory, file), 'utf8'));

/** Keys are hashes of the content, so the assets of all stacks can share one map. */
const readAssets = (
  directory: string,
  manifests: readonly z.infer<typeof assetArtifact>[],
): ReadonlyMap<string, FileAsset> => {
  const assets = new Map<string, FileAsset>();
  for (const manifest of manifests) {
    const { files } = assetManifestSchema.parse(readJson(directory, manifest.properties.file));
    for (const { source, destinations } of Object.values(files)) {
      // Without a path the file is made by a command at deployment, which nothing here needs.
      if (source.path === undefined) continue;
      const asset: FileAsset = { path: join(directory, source.path), packaging: source.packaging };
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, asset);
    }
  }
  return assets;
};

type StackArtifact = z.infer<typeof stackArtifact>;

const orderByDependencies = (stacks: ReadonlyMap<string, StackArtifact>): [string, StackArtifact][] => {
  const ordered = new Map<string, StackArtifact>();
  const visit = (id: string): void => {
    const stack = stacks.get(id);
    // Stacks also depend on asset manifests; those need no order.
    if (stack === undefined || ordered.has(id)) return;
    for (const dependency of stack.dependencies) visit(dependency);
    ordered.set(id, stack);
  };
  for (const id of stacks.keys()) visit(id);
  return [...ordered];
};

/** `aws://111122223333/eu-central-1`, where CDK writes unknown-account and unknown-region for what it was not told. */
const parseEnvironment = (environment: string): { accountId?: string; region?: string } => {
  const [, accountId, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  return {
    ...(accountId && accountId !== 'unknown-account' && { accountId }),
    ...(region && region !== 'unknown-region' && { region }),
  };
};
