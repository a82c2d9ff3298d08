import type { CreatedFunction } from './created-function.ts';
import { functionNotFound } from './errors.ts';
import type { FunctionSettings } from './function-config.ts';
import type { FunctionRunner } from './function-runner.ts';

/** A function that can be invoked. */
export interface DeployedFunction {
  /** As it is now. What runs already goes by the settings it began with. */
  readonly settings: FunctionSettings;
  readonly runner: FunctionRunner;
  /** What the API was told. Absent for a function of the template. */
  readonly created?: CreatedFunction;
}

const FUNCTION_REFERENCE =
  /^(?<owner>(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?\d{12}:function:|function:)?(?<name>[\w-]+)(?::(?<version>[$\w-]+))?$/;

/** The functions of one account and region, by what callers call them. */
export class FunctionRegistry {
  readonly #byName = new Map<string, DeployedFunction>();
  readonly #arnPrefix: string;

  constructor(region: string, accountId: string) {
    this.#arnPrefix = `arn:aws:lambda:${region}:${accountId}:function:`;
  }

  /** In the order of their names. */
  get all(): readonly DeployedFunction[] {
    return [...this.#byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  }

  arnOf(name: string): string {
    return `${this.#arnPrefix}${name}`;
  }

  get(name: string): DeployedFunction | undefined {
    return this.#byName.get(name);
  }

  put(deployed: DeployedFunction): void {
    this.#byName.set(deployed.settings.name, deployed);
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /**
   * Finds a function by name, partial ARN (`account:function:name`) or full ARN, each with an optional qualifier.
   * @throws ResourceNotFoundException, also for versions and aliases: there is only $LATEST here.
   */
  find(nameOrArn: string, qualifier?: string): DeployedFunction {
    const { owner = '', name = nameOrArn, version } = FUNCTION_REFERENCE.exec(nameOrArn)?.groups ?? {};
    const deployed = this.#byName.get(name);
    const wanted = qualifier ?? version ?? '$LATEST';
    if (deployed !== undefined && this.#arnPrefix.endsWith(owner) && wanted === '$LATEST') return deployed;
    const prefix = owner.startsWith('arn:') ? owner : this.#arnPrefix;
    throw functionNotFound(wanted === '$LATEST' ? `${prefix}${name}` : `${prefix}${name}:${wanted}`);
  }
}
