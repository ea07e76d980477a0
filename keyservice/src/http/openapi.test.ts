import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
let folder: string

beforeAll(async () => {
  service = await startTestService()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-openapi-'))
})
afterAll(async () => {
  await service.stop()
  await rm(folder, { recursive: true })
})

test('C17: the OpenAPI document is open to anybody, and Spectral finds nothing in it', async () => {
  const { status, body } = await service.send('GET', '/openapi.json', { token: null })
  expect(status).toBe(200)
  expect(body).toMatchObject({ openapi: '3.1.0' })
  const document = join(folder, 'openapi.json')
  const rules = join(folder, 'rules.yaml')
  await writeFile(document, JSON.stringify(body))
  await writeFile(rules, 'extends: ["spectral:oas"]\n')
  const cli = createRequire(import.meta.url).resolve('@stoplight/spectral-cli/package.json')
  const spectral = join(dirname(cli), 'dist', 'index.js')
  const lint = [spectral, 'lint', document, '--ruleset', rules, '--fail-severity', 'hint']
  const { stdout } = await promisify(execFile)(process.execPath, lint)
  expect(stdout).toContain('No results')
})

/** Those of JSON Schema 2020-12 and of the OpenAPI registry. @see https://spec.openapis.org/registry/format/ */
const registeredFormats = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'idn-email', 'hostname', 'idn-hostname'],
  ...['ipv4', 'ipv6', 'uri', 'uri-reference', 'iri', 'iri-reference', 'uri-template', 'uuid'],
  ...['json-pointer', 'relative-json-pointer', 'regex', 'base64url', 'binary', 'byte', 'char'],
  ...['commonmark', 'decimal', 'decimal128', 'double', 'double-int', 'float', 'html', 'http-date'],
  ...['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'media-range'],
  ...['password', 'sf-binary', 'sf-boolean', 'sf-decimal', 'sf-integer', 'sf-string', 'sf-token'],
]

test('C17: every format that the document names is a registered one', async () => {
  const { body } = await service.send('GET', '/openapi.json', { token: null })
  const named = new Set(formatsIn(body))
  expect(named).toContain('ipv6')
  expect([...named].filter((format) => !registeredFormats.includes(format))).toEqual([])
})

/** The values of every `format` that stands beside a `type`. */
function formatsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, format } = node as { readonly type?: unknown; readonly format?: unknown }
  const own = type !== undefined && typeof format === 'string' ? [format] : []
  return [...own, ...Object.values(node).flatMap(formatsIn)]
}

test('the page that renders it loads everything from the service itself', async () => {
  const page = await fetch(service.url)
  expect(page.url).toBe(`${service.url}/docs`)
  const html = await page.text()
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
  expect(addresses).toHaveLength(3)
  for (const address of addresses) {
    expect(address).toMatch(/^\/docs\//)
    expect((await fetch(service.url + address)).status).toBe(200)
  }
})
