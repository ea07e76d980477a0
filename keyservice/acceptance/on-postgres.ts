// The acceptance suites run twice: on SQLite, and with this as their global setup on PostgreSQL. One server serves all of
// them; each service that a suite starts gets a database of its own.

import type { TestProject } from 'vitest/node'
import { startPostgres } from '../src/store/postgres/test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `startProduct` makes its databases; without it, it runs on SQLite. */
    readonly postgresUrl?: string
  }
}

/** Starts the server before the first suite, and answers with what stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgresUrl', server.url)
  return () => server.stop()
}
