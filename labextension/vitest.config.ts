import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Cases that the tests of the panel of widgets read as well.
  server: { fs: { allow: ['.', '../tests'] } },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] }
});
