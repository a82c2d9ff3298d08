export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses text that this service wrote itself, or that was checked before it was stored. */
export function parseStored(text: string): Json {
  return JSON.parse(text) as Json;
}

/** Size as Step Functions counts it: bytes of the JSON text in UTF-8. */
export function measureBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
