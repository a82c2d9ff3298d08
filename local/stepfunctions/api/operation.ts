import * as z from 'zod';
import type { Executor } from '../executor.ts';
import type { MachineLibrary } from '../machine-library.ts';
import type { Machines } from '../machines.ts';
import type { Store } from '../store/store.ts';
import { refuseRequest } from './errors.ts';

export interface Service {
  readonly store: Store;
  readonly executor: Executor;
  readonly machines: Machines;
  readonly library: MachineLibrary;
  readonly payloadBytes: number;
}

/** One operation of the API: checks its request and answers with the JSON that goes on the wire. */
export type Operation = (service: Service, request: unknown) => object | Promise<object>;

export type Operations = Readonly<Record<string, Operation>>;

/** Fields that the shape does not name are refused: nothing that was asked for is left out in silence. */
export function operation<Shape extends z.ZodRawShape>(
  shape: Shape,
  answer: (service: Service, request: z.infer<z.ZodObject<Shape>>) => object | Promise<object>,
): Operation {
  const schema = z.strictObject(shape);
  return (service, request) => {
    const parsed = schema.safeParse(request);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => {
        const place = path.join('.');
        return `Value ${describeValue(request, path)}at '${place}' failed to satisfy constraint: ${message}`;
      });
      const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
      throw refuseRequest(`${count}: ${problems.join('; ')}`);
    }
    return answer(service, parsed.data as z.infer<z.ZodObject<Shape>>);
  };
}

/** Long values and payloads are not repeated. */
function describeValue(request: unknown, path: readonly PropertyKey[]): string {
  let value: unknown = request;
  for (const step of path) {
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  }
  const text = String(value);
  return path.length > 0 && typeof value !== 'object' && text.length <= 100 ? `'${text}' ` : '';
}

export const arn = z.string().min(1).max(2000);
export const name = z.string().min(1).max(80);
export const includedData = z.literal('ALL_DATA').optional();

/** Only what was given: absent fields are left out, not undefined. */
export function dropUndefined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
