import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Cases that the tests of the panel of widgets read as well.
  server: { fs: { allow: ['.', '../tests'] } },
  // What the front end is built from is then no newer than what was built, and it is built once.
  test: { cache: false, environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] }
});
