import { defineConfig } from 'vitest/config';

// `npm run prove`: the long proofs, beside the tests of what they prove. `npm run prove -- recoverability` runs some.
export default defineConfig({
  test: {
    include: ['test/**/*.prove.ts'],
    globalSetup: 'test/support/bundled-gateway.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
