import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../gateway/config.ts';
import { runHere } from './run-here.ts';

const example = join(import.meta.dirname, '..', '..', 'examples', 'gateway.jsonc');

async function writeConfig(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-gateway-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'gateway.jsonc');
  await writeFile(file, text);
  return file;
}

const faulty = `{
  // The folder is missing, so is the service.
  "mountsDirectory": "/Phoenix",
  "listn": { "port": 1 },
  "exports": { "kind": "exportfs", "flie": "/etc/exports.d/a.exports" },
  "allowedClients": { "*": ["300.1.1.1"] },
  "timing": { "requestTimeoutSecond": 3 }
}`;

const itsProblems = [
  { place: 'dataDirectory', message: 'is missing: give a string' },
  { place: 'exports.flie', message: 'unknown key: did you mean file?' },
  { place: 'allowedClients.*.0', message: 'must be an IP address or network' },
  { place: 'service', message: 'is missing: give an object' },
  { place: 'timing.requestTimeoutSecond', message: 'unknown key: did you mean requestTimeoutSeconds?' },
  { place: 'listn', message: 'unknown key: did you mean listen?' },
];

describe('holdfast gateway check-config', () => {
  it('finds no problem in the example, which a gateway loads', async () => {
    expect(await runHere(['gateway', 'check-config', example])).toEqual({
      code: 0,
      stdout: `${example} has no problems\n`,
      stderr: '',
    });
    expect((await loadConfig(example)).listen).toEqual({ host: '127.0.0.1', port: 9090 });
  });

  it('lists every problem with its place and exits with 1', async () => {
    const file = await writeConfig(faulty);

    const lines = itsProblems.map(({ place, message }) => `  ${place}: ${message}\n`).join('');
    expect(await runHere(['gateway', 'check-config', file])).toEqual({
      code: 1,
      stdout: `${file} has problems:\n${lines}`,
      stderr: '',
    });
  });

  it('does so in JSON with --json', async () => {
    const file = await writeConfig(faulty);

    const { code, stdout } = await runHere(['gateway', 'check-config', '--json', file]);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ file, problems: itsProblems });
  });

  it.each([
    ['is not JSON', '{ "dataDirectory" /* one */ 1 }', 'line 1 column 29'],
    ['is empty', '', 'Unexpected end of JSON input'],
  ])('exits with 2 and says why when the file %s', async (_, text, why) => {
    const file = await writeConfig(text);

    const { code, stdout, stderr } = await runHere(['gateway', 'check-config', file]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`holdfast: the configuration file ${file} cannot be read: `);
    expect(stderr).toContain(why);
  });

  it('exits with 2 when there is no such file, in JSON with --json', async () => {
    const { code, stdout, stderr } = await runHere(['gateway', 'check-config', '--json', '/no/such/file']);

    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout).error).toContain('ENOENT');
  });
});

it('holdfast gateway config-schema prints a JSON Schema that refuses unknown keys', async () => {
  const { code, stdout } = await runHere(['gateway', 'config-schema']);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['dataDirectory', 'mountsDirectory', 'service'],
    additionalProperties: false,
    properties: { listen: { properties: { port: { default: 9090, maximum: 65_535 } } } },
  });
});
