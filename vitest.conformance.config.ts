import { defineConfig } from 'vitest/config';

/** The comparison with other servers: opt-in, long, and one file at a time, since one Java process is shared. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
