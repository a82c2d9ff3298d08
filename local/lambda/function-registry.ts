import { functionNotFound } from './errors.ts';
import type { FunctionConfig } from './function-config.ts';

/** The functions of one account and region, by what callers call them. */
export interface FunctionRegistry {
  readonly all: readonly FunctionConfig[];
  /**
   * Finds a function by name, partial ARN (`account:function:name`) or full ARN, each with an optional qualifier.
   * @throws ResourceNotFoundException, also for versions and aliases: there is only $LATEST here.
   */
  find(nameOrArn: string, qualifier?: string): FunctionConfig;
}

const FUNCTION_REFERENCE =
  /^(?<owner>(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?\d{12}:function:|function:)?(?<name>[\w-]+)(?::(?<version>[$\w-]+))?$/;

export function registerFunctions(
  functions: readonly FunctionConfig[],
  region: string,
  accountId: string,
): FunctionRegistry {
  const byName = new Map(functions.map((config) => [config.name, config]));
  const ownPrefix = `arn:aws:lambda:${region}:${accountId}:function:`;
  return {
    all: functions,
    find(nameOrArn, qualifier) {
      const { owner = '', name = nameOrArn, version } = FUNCTION_REFERENCE.exec(nameOrArn)?.groups ?? {};
      const config = byName.get(name);
      const wanted = qualifier ?? version ?? '$LATEST';
      if (config !== undefined && ownPrefix.endsWith(owner) && wanted === '$LATEST') return config;
      const prefix = owner.startsWith('arn:') ? owner : ownPrefix;
      throw functionNotFound(wanted === '$LATEST' ? `${prefix}${name}` : `${prefix}${name}:${wanted}`);
    },
  };
}
