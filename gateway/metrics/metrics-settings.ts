import * as z from 'zod';

/** Metrics for Prometheus, on a listener of their own; none unless this is given. */
export const metricsSettings = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535),
  })
  .optional();

export type MetricsSettings = NonNullable<z.output<typeof metricsSettings>>;
