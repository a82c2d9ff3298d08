/** What is known of an error by its code. */
export interface ErrorFacts {
  /** Of an HTTP answer. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retry: 'transient' | 'permanent';
  /** Tells the reader what to do next. */
  readonly hint: string;
}
