import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { createOpenApiDocument } from '../shared/contracts/openapi.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Names of the functions: the folders with a `main.ts`. */
export const functionNames = (): string[] =>
  readdirSync(join(root, 'functions')).filter((name) => existsSync(join(root, 'functions', name, 'main.ts')));

/** How a function becomes one file for Lambda. */
export const bundleOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // The SDK as modules, of which only what is used goes in: a seventh less to load, in a cold start up to a third less time.
  mainFields: ['module', 'main'],
  minify: true,
  // Stack traces name functions; source maps would be larger than the code, in every function.
  keepNames: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles every function with one esbuild call (NodejsFunction costs about a second each) and answers the folder that
 * holds `{function}/index.mjs`.
 */
export function bundleFunctions(outputDirectory: string): string {
  const outdir = join(outputDirectory, 'functions');
  buildSync({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      functionNames().map((name) => [`${name}/index`, `functions/${name}/main.ts`]),
    ),
    outdir,
    ...bundleOptions,
  });
  writeFileSync(join(outdir, 'document-api', 'openapi.json'), JSON.stringify(createOpenApiDocument()));
  return outdir;
}
