import { globSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** How the gateway names the file of a worker thread. */
const workerUrl = /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g;

/** A worker thread is a file of its own: each becomes one beside the program, and is looked for there. */
const workersBeside: Plugin = {
  name: 'workers-beside',
  setup({ onLoad }) {
    onLoad({ filter: /\/gateway\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(workerUrl, "new URL('./$1.mjs', import.meta.url)"),
      loader: 'ts',
    }));
  },
};

const workerFiles = (): string[] =>
  globSync('gateway/**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(workerUrl)].map(([, name]) =>
      join(file, '..', `${name}.ts`),
    ),
  );

export interface Bundle {
  /** Content by name; all of them lie in one folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Folders of the packages that went in, below the project's root. */
  readonly packageFolders: readonly string[];
}

/** The gateway, its worker threads and the commands of its host, as files that need nothing but Node. */
export const bundleGateway = (): Promise<Bundle> => bundleProgram('scripts/package/holdfast-gateway.ts');

/** A program, by its path below the project's root, that runs as the gateway does: with the same worker threads. */
export async function bundleProgram(program: string): Promise<Bundle> {
  const entries = [program, ...workerFiles()];
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map((file) => [basename(file, '.ts'), file])),
    outdir: root,
    write: false,
    metafile: true,
    plugins: [workersBeside],
    bundle: true,
    // Commands do not load the daemon; chunks are shared by the program and its workers.
    splitting: true,
    chunkNames: 'chunk-[hash]',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    // V8 keeps the text of what runs: a third of it would be indentation.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    // Some dependencies are CommonJS and call require for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [relative(root, path), Buffer.from(contents)])),
    packageFolders: packageFoldersOf(Object.keys(metafile.inputs)),
  };
}

const packageFoldersOf = (inputs: readonly string[]): string[] => {
  const folders = inputs.map((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
};
