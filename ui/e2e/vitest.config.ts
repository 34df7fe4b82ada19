/** Tests in a browser against a lab that runs: `DICELAB_URL=http://localhost:3000 npx vitest run --config e2e/vitest.config.ts`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
