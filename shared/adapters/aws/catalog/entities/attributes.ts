import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CustomAttributeType } from 'electrodb';
import { tableSchema } from '../../table.ts';

/** Where an entity lives. */
export interface TableConnection {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

/**
 * Key templates and their attributes. Keys keep the case of what they hold: ids and names differ by case, and
 * ElectroDB would write them in lower case.
 */
export const partition = { field: tableSchema.partitionKey, casing: 'none' } as const;
export const sort = { field: tableSchema.sortKey, casing: 'none' } as const;

/** A string attribute of a narrower type: a branded id, an instant, a word of a few. */
export const text = <T extends string>() =>
  // The parameter's type hangs on T and cannot be worked out before T is known; for a string it is 'string'.
  CustomAttributeType<T>('string' as never);

/** An object that is stored and read as a whole. */
export const record = <T extends object>() => CustomAttributeType<T>('any' as never);

/** Numbers in sort keys are text there: with 12 digits text order is number order for any mount's life. */
export const numberInKey = { length: 12, char: '0' } as const;
