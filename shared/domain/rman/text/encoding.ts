/** How the bytes of a log became text. */
export interface Encoding {
  readonly name: string;
  /** False where the bytes fit several code pages and the text did not tell which. */
  readonly isCertain: boolean;
}
