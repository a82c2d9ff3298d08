/** How a function logs, as LoggingConfig says it. */

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Levels are for JSON only, as in Lambda. */
export type LoggingSettings =
  | { readonly format: 'Text' }
  | {
      readonly format: 'JSON';
      /** Of what the function logs through the console. */
      readonly applicationLevel: LogLevel;
      /** Of what Lambda itself logs. */
      readonly systemLevel: 'DEBUG' | 'INFO' | 'WARN';
    };
