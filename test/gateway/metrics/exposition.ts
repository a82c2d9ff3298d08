/** One sample of the text format of Prometheus. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[+-]?[\d.]+(?:e[+-]?\d+)?)$/u;
const labelForm = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/u;

/** Reads the text format 0.0.4; throws where it is broken: each name is declared once, before its samples. */
export function readExposition(text: string): { types: Map<string, string>; samples: Sample[] } {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const [, declared, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/u.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) {
      if (types.has(declared)) throw new Error(`${declared} is declared twice`);
      types.set(declared, type);
      continue;
    }
    const [, name, labels = '', value = ''] = sampleLine.exec(line) ?? [];
    if (name === undefined) throw new Error(`this is no sample: ${line}`);
    const family = types.has(name) ? name : name.replace(/_(sum|count|bucket)$/u, '');
    if (!types.has(family)) throw new Error(`${name} is not declared`);
    samples.push({ name, labels: readLabels(labels), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return { types, samples };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ''; ) {
    const [whole, name, value] = labelForm.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined)
      throw new Error(`these are no labels: ${text}`);
    labels[name] = value;
    rest = rest.slice(whole.length);
  }
  return labels;
}
