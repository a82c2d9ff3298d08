import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// `npm run prove`: the long proofs, beside the tests of what they prove. `npm run prove -- recoverability` runs some.
export default defineConfig({
  test: { ...base.test, include: ['test/**/*.prove.ts'], testTimeout: 3_600_000, hookTimeout: 600_000 },
});
