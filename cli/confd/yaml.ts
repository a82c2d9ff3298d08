type Scalar = string | number | boolean | null | undefined;
interface Fields {
  readonly [name: string]: Scalar | readonly (Scalar | Fields)[];
}

/** Facts, or a list of them, in the lines that ConfD's client prints: enough of YAML for flat values and lists of them. */
export function yamlLines(value: Fields | readonly (Scalar | Fields)[]): string[] {
  if (isList(value)) return value.length === 0 ? ['[]'] : value.flatMap(itemLines);
  return Object.entries(value).flatMap(([name, field]) => {
    if (field === undefined) return [];
    if (!isList(field)) return [`${name}: ${scalarText(field)}`];
    return field.length === 0 ? [`${name}: []`] : [`${name}:`, ...yamlLines(field)];
  });
}

const isList = (value: unknown): value is readonly (Scalar | Fields)[] => Array.isArray(value);

function itemLines(item: Scalar | Fields): string[] {
  if (typeof item !== 'object' || item === null) return [`- ${scalarText(item)}`];
  return yamlLines(item).map((line, index) => `${index === 0 ? '-' : ' '} ${line}`);
}

/** Quoted where a reader of YAML would take it for something else than this text. */
function scalarText(value: Scalar): string {
  if (typeof value !== 'string') return String(value);
  const isPlain =
    /^[A-Za-z0-9/_(][^\n]*$/.test(value) &&
    !/^(?:[\d.+-]+(?:e\d+)?|0[xo][\da-f]+|true|false|null|yes|no|on|off|~)$/i.test(value) &&
    !/: |:$| #|\s$/.test(value);
  return isPlain ? value : `'${value.replaceAll("'", "''")}'`;
}
