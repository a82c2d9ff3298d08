import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './report-error.ts';

export type Handler = (event: unknown, context: unknown) => unknown;

/** Order in which the Node.js runtime looks for the handler's file. */
const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];

/**
 * Imports the handler's module and finds the exported function, by the rules and with the error names of Lambda's
 * Node.js 24 runtime.
 */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  const { folder, file, exportPath } = parseHandlerName(handler);
  const exports = await importModule(taskRoot, folder, file);
  const found = findExport(exports, exportPath) ?? findExport(defaultExport(exports), exportPath);
  if (typeof found !== 'function') {
    const reason =
      found === undefined || found === null ? 'is undefined or not exported' : 'is not a function';
    throw runtimeError('Runtime.HandlerNotFound', `${handler} ${reason}`);
  }
  // Node.js 24 dropped callbacks; the runtime knows such a handler by its number of parameters.
  if (found.length >= 3) {
    throw runtimeError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} takes a callback. The Node.js 24 runtime has no callback-based handlers: return a promise.`,
    );
  }
  return found as Handler;
}

function parseHandlerName(handler: string): { folder: string; file: string; exportPath: readonly string[] } {
  const [file = '', ...exportPath] = basename(handler).split('.');
  if (handler.includes('..') || file === '' || exportPath.length === 0) {
    throw runtimeError('Runtime.MalformedHandlerName', `Bad handler ${handler}: write file.export.`);
  }
  return { folder: dirname(handler), file, exportPath };
}

async function importModule(taskRoot: string, folder: string, file: string): Promise<unknown> {
  const path = resolve(taskRoot, folder, file);
  const extension = EXTENSIONS.find((each) => existsSync(path + each));
  try {
    if (extension !== undefined) return await import(pathToFileURL(path + extension).href);
    const require = createRequire(join(taskRoot, 'index.js'));
    return require(require.resolve(file, { paths: [taskRoot, join(taskRoot, folder)] }));
  } catch (error) {
    throw translateImportError(error);
  }
}

/** A missing import inside an ES module (ERR_MODULE_NOT_FOUND) keeps its own name on Lambda, so here as well. */
function translateImportError(error: unknown): unknown {
  if (error instanceof SyntaxError) return runtimeError('Runtime.UserCodeSyntaxError', String(error));
  if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') {
    return runtimeError('Runtime.ImportModuleError', String(error));
  }
  return error;
}

function defaultExport(exports: unknown): unknown {
  return typeof exports === 'object' && exports !== null && 'default' in exports
    ? exports.default
    : undefined;
}

function findExport(exports: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    exports,
  );
}
