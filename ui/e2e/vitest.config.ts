/** The tests in a browser: `make ui-e2e`, against a lab that they start, or the one that `DICELAB_URL` names. */
import { defineConfig } from 'vitest/config';
import { missing } from './needs.ts';

const reason = missing();
if (reason) console.log(`browser tests skipped: ${reason}`);

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: reason ? [] : ['*.e2e.ts'],
    passWithNoTests: true,
    ...(reason ? {} : { globalSetup: './lab.ts' }),
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
