import * as z from 'zod';

/** RFC 9457 problem details, media type application/problem+json. */
export const problem = z.object({
  type: z.string().meta({ description: 'URN of the code: `urn:holdfast:problem:{code}`.' }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().meta({ description: 'Stable; programs branch on it.' }),
  hint: z.string().meta({ description: 'What to do next.' }),
  retry: z.enum(['transient', 'permanent']),
  correlationId: z.string().meta({ description: 'Names the request in the logs.' }),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** What API Gateway answers itself. */
export const message = z.object({ message: z.string() });
