import { describe, expect, it } from 'vitest';
import { type Line, readSetup, type Started, type Use, type Written } from './run-of-app.ts';

/** What the functions answer and log while the product does its main job, from the template, as it would be deployed. */
export function functionsOfApp(run: {
  readonly started: () => Started;
  readonly use: () => Use;
  readonly written: () => Written;
}) {
  const { started, use, written } = run;
  const about = (name: string, id: unknown) => written().lines.filter((line) => line[name] === id);

  describe('the journals of the running app', () => {
    it('have every change of the mount, and the catalog is found to have them all', () => {
      const kinds = use().journal.items.map(({ bytes }) => (JSON.parse(bytes) as { kind: string }).kind);

      expect(kinds).toEqual(
        expect.arrayContaining(['mount-created', 'recovery-point-committed', 'late-log']),
      );
      expect(use().rebuild).toMatchObject({ state: 'completed', rebuilt: 0, inStep: 1, failures: 0 });
    });
  });

  describe('the file map of the running app', () => {
    it('says of every file of the backup whose it is and what it holds', () => {
      const { items, logs, fileMap, doubts } = use().databases;

      expect(fileMap).toEqual({ number: 1 });
      expect(items.length).toBeGreaterThan(0);
      expect(logs.map(({ status }) => status)).toEqual(logs.map(() => 'completed'));
      for (const { files: counted } of items) {
        expect(counted).toMatchObject({ present: expect.any(Number), missing: 0, changed: 0, damaged: 0 });
      }
      expect(doubts).toBe(0);
      const rows = use().files.flatMap((page) => page.items);
      expect(rows.filter(({ presence, path }) => presence === 'present' && path !== undefined)).toEqual(rows);
      expect(new Set(rows.map(({ kind }) => kind))).toContain('backup-piece');
    });

    it('is made anew with a log that comes after PUT', () => {
      expect(use().withLateLog.fileMap).toEqual({ number: 2 });
      expect(use().withLateLog.logs.filter(({ isLate }) => isLate)).toHaveLength(1);
      const [late, ...others] = use().withLateLog.items.filter(
        ({ dbid }) => !use().databases.items.some((each) => each.dbid === dbid),
      );
      expect(late).toMatchObject({ dbid: '1234567890', files: { present: 0, missing: 1 } });
      expect(others).toEqual([]);
    });

    it('is looked after by who waits for late logs, to whom S3 tells of every log', () => {
      const ran = written().lines.filter(({ service }) => service === 'take-late-log');

      expect(ran.filter(({ message }) => message === 'task done').length).toBeGreaterThan(0);
      expect(ran.filter(({ level }) => level === 'ERROR')).toEqual([]);
    });

    it('is shown by the command line with the profile that the start wrote', () => {
      expect(use().cli.stderr).toBe('');
      expect(JSON.parse(use().cli.stdout)).toMatchObject({
        recoveryPointId: started().recoveryPointId,
        fileMap: { state: 'stored' },
      });
    });
  });

  describe('the plan of a restore in the running app', () => {
    it('chooses files of the database, by its own map, with time, price and room', () => {
      const { plan, files } = use();
      const paths = files.flatMap((page) => page.items).map(({ path }) => path);

      expect(plan).toMatchObject({
        recoveryPointId: started().recoveryPointId,
        outcome: 'complete',
        time: { basis: 'measured', restores: expect.any(Number) },
        price: { isKnown: true },
        target: { freeBytes: expect.any(Number), isShort: false },
        refusals: [],
      });
      expect(plan.files.length).toBeGreaterThan(0);
      expect(paths).toEqual(expect.arrayContaining(plan.files.map(({ path }) => path)));
      expect(plan.fetched.bytes).toBeGreaterThan(0);
    });
  });

  describe('the logs of the running app', () => {
    it('are JSON, every line of them', () => {
      expect(written().lines.length).toBeGreaterThan(50);
      expect(written().lines.every((line) => typeof line === 'object')).toBe(true);
    });

    it('have one upload in common from the API to the last task, with its mount', () => {
      const found = about('uploadId', started().recoveryPointId);
      const mountIds = new Set(found.flatMap(({ mountId }) => (mountId === undefined ? [] : [mountId])));

      expect(servicesOf(found)).toEqual([
        'announce-recovery-point',
        'build-file-map',
        'judge-recoverability',
        'read-logs',
        'record-recovery-point',
        'store-journal',
        'uploads-api',
        'verify-manifest',
        'verify-objects',
      ]);
      expect(mountIds).toEqual(new Set([readSetup(started().directory).mountId]));
      expect(found.map(({ route }) => route)).toEqual(
        expect.arrayContaining(['openUpload', 'signUpload', 'commitUpload', 'showUpload']),
      );
    });

    it('have one restore in common from its order to its end', () => {
      const [ordered] = written().lines.filter(
        ({ route, status }) => route === 'createRestore' && status === 202,
      );

      expect(ordered).toMatchObject({
        recoveryPointId: started().recoveryPointId,
        restoreId: expect.any(String),
        callerRole: 'admin',
      });
      expect(servicesOf(about('restoreId', ordered?.restoreId))).toEqual([
        'end-restore',
        'hand-over-restore',
        'restores-api',
      ]);
    });

    it('have the ids of request and trace in every line that a function writes about its work', () => {
      const told = written().lines.filter(
        ({ level, service }) => level !== undefined && service !== undefined,
      );

      expect(told.length).toBeGreaterThan(20);
      for (const line of told) {
        expect(line).toMatchObject({
          function_request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          xray_trace_id: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        });
      }
      for (const { correlationId } of told.filter(({ route }) => route !== undefined)) {
        expect(correlationId).toEqual(expect.any(String));
      }
    });

    it('have the metrics of what was done', () => {
      const measured = (name: string) =>
        written().lines.flatMap((line) => (name in line && '_aws' in line ? [line[name]] : []));

      expect(measured('CommittedPoints')).toEqual([1]);
      expect(measured('CommittedBytes')[0]).toBeGreaterThan(30 * 2 ** 20);
      expect(measured('StoredBytes')[0]).toBeGreaterThan(0);
      expect(measured('RestoresCompleted')).toEqual([1]);
      expect(measured('RefusedCommits')).toEqual([]);
      expect(measured('ColdStart').length).toBeGreaterThan(8);
    });

    it('have no secret in them', () => {
      const text = written().texts.join('\n');
      const { apiKey } = readSetup(started().directory);

      expect(text).toContain(apiKey.split('.')[0]);
      expect(text).not.toContain(apiKey.split('.')[1]);
      // Signatures of URLs, tokens of ours, and the fields that carry them.
      expect(text).not.toMatch(/X-Amz-(Signature|Credential)=(?!\*)/i);
      expect(text).not.toMatch(/key-[0-9A-Z]{26}\.[\w-]/);
      expect(text).not.toMatch(/authorization|"(taskToken|token|apiKey|secret)":"(?!\*)/i);
    });

    it('say nothing of traces that have nowhere to go', () => {
      const text = written().texts.join('\n');

      // Each line names its trace, also those that tell of an error.
      expect(text.replaceAll(/"xray_trace_id":"[^"]*"/g, '')).not.toMatch(/x-?ray/i);
    });
  });
}

const servicesOf = (found: readonly Line[]) => [...new Set(found.map(({ service }) => service))].sort();
