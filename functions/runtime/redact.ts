/** Fields whose value is a secret, wherever they stand. */
const secretField =
  /^(authorization|cookie|password|secret|api_?key|(task|session|security|activation)?_?token)$/i;

/** Secrets inside of texts: what an SDK or a runtime quotes in a message of its own. */
const secretTexts: readonly [RegExp, string][] = [
  // A signed URL is worth what it signs until it expires.
  [/\b(X-Amz-(?:Signature|Credential|Security-Token))=[^&\s"']+/gi, '$1=***'],
  [/\b(Bearer|Basic) +[\w+/.~=-]+/gi, '$1 ***'],
  // Our own tokens: id and secret in one. The id may be known.
  [/\b(key-[0-9A-HJKMNP-TV-Z]{26})[.:][\w-]+/g, '$1.***'],
];

/**
 * Replacer for the JSON of a log line. Nothing secret is given to the logger on purpose; this holds for what libraries
 * put into their errors.
 */
export function redact(key: string, value: unknown): unknown {
  if (secretField.test(key)) return '***';
  if (typeof value !== 'string') return value;
  return secretTexts.reduce((text, [pattern, cover]) => text.replace(pattern, cover), value);
}
