/** What a part of the run is given. */
export interface PartContext {
  /** Empty, the part's own, removed afterwards. */
  readonly folder: string;
  /** Aborted when the run is given up: whatever was started must then end. */
  readonly signal: AbortSignal;
  /** Write the list of explained differences anew from what happens now. */
  readonly refresh: boolean;
  say(line: string): void;
}

/** What a part found. */
export interface PartOutcome {
  /** Against what it ran, with its version. */
  readonly against: string;
  /** Tests, operations or templates, with their number. */
  readonly checked: string;
  /** Differences that are listed with their reason. */
  readonly explained: number;
  /** One line for each difference that nobody explained, or that is listed and did not happen. */
  readonly problems: readonly string[];
}

export type Part = (context: PartContext) => Promise<PartOutcome>;

/** A program that this part needs is not on this machine: the part is skipped. */
export class MissingTool extends Error {}
