import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Two cores: more workers than that only make real servers wait for each other.
    maxWorkers: 2,
    reporters: ['default', './test/summary-reporter.ts'],
    // Only against what hangs: how long anything takes is a matter of `npm run bench`.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    setupFiles: ['./test/random-seed.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{core,keyservice,operator,provider,cli,controlplane,crds}/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['keyservice/acceptance/*.test.ts'],
          exclude: ['keyservice/acceptance/requirements.test.ts'],
          globalSetup: ['keyservice/acceptance/on-postgres.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
})
