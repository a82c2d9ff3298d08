import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Most of a run is processes that load the same packages: workers, servers, gateways. Node keeps what it compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'node-compile-cache');

const memory = '/dev/shm';

/** Whether the machine has a file system in memory that holds what tests write, and lets the programs that they write run. */
function hasRoomyMemory(): boolean {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    const options = mounts
      .find((line) => line.split(' ')[1] === memory)
      ?.split(' ')[3]
      ?.split(',');
    const { bavail, bsize } = statfsSync(memory);
    return options !== undefined && !options.includes('noexec') && bavail * bsize >= 8 * 2 ** 30;
  } catch {
    return false;
  }
}

// Writes that must outlive a crash wait for the disk, and tests make thousands of them. What they are killed by leaves memory alone.
if (process.env.TMPDIR === undefined && hasRoomyMemory()) process.env.TMPDIR = memory;

/** Tests that start whole programs or compute for long: one of them, begun last, would hold the run up alone. */
const longest =
  /\/test\/(start|cli|infra\/synth|gateway|simulation|domain\/(vault\/golden|recoverability)|adapters\/(catalog|rebuild)\.aws|local\/(fake-rman|stepfunctions\/kill)|usecases\/(reclaim|catalog-rebuild))/;

/**
 * Tests that load the CDK come last, the longer ones first: its 180 MiB stay in a process that files share, and whatever
 * starts a program or looks for garbage there pays for them. A start takes 2 ms of a small process and 20 ms of one of 600 MiB.
 */
const loadsCdk = /\/test\/(infra\/(?!synth)|local\/assembly|functions\/api-limits)/;
const longestOfCdk = /\/test\/(infra\/catalog-rights|local\/assembly)/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // A process that files share ends when the next file in line needs one of its own: those go first.
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (loadsCdk.test(moduleId)) return longestOfCdk.test(moduleId) ? 4 : 5;
      return (project.name === 'together' ? 2 : 0) + (longest.test(moduleId) ? 0 : 1);
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

/** Tests that load little of our own code, but start programs: each file in a process of its own. */
const apart = ['test/boundaries.test.ts', 'test/{examples,package,start}/**/*.test.ts'];

export default defineConfig({
  test: {
    // Real servers, processes and files: a slow machine must not fail a sound test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Two cores; processes that are waited for leave some of them idle.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'apart', include: apart } },
      // The others share a process with the files before them: most of their time would be loading the same packages. So
      // they give back what they change in it.
      {
        extends: true,
        test: {
          ...{ name: 'together', include: ['test/**/*.test.ts'], exclude: apart, isolate: false },
          globalSetup: ['test/support/compile-cache.ts', 'test/support/bundled-gateway.ts'],
        },
      },
    ],
  },
});
