import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdir, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { prepareCertificates } from './certificates.ts'

const now = new Date('2026-03-01T12:00:00Z')
let folder: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  folder = join(temporary.path, 'pki')
  return temporary.remove
})

test('every certificate is signed by the authority and belongs to its key', async () => {
  const { caPem, serving, admin, controllerManager, scheduler } = await prepareCertificates(
    folder,
    now,
  )
  const authority = new X509Certificate(caPem)

  for (const { certPem, keyPem } of [serving, admin, controllerManager, scheduler]) {
    const certificate = new X509Certificate(certPem)
    expect(certificate.verify(authority.publicKey)).toBe(true)
    expect(certificate.checkIssued(authority)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true)
  }
})

test('the serving certificate holds for the names and addresses by which the server is called', async () => {
  const { serving } = await prepareCertificates(folder, now)
  const certificate = new X509Certificate(serving.certPem)

  expect(certificate.checkIP('127.0.0.1')).toBeDefined()
  expect(certificate.checkIP('10.0.0.1')).toBeDefined()
  expect(certificate.checkHost('localhost')).toBeDefined()
  expect(certificate.checkHost('kubernetes.default.svc')).toBeDefined()
})

test('the admin is a member of the group that may do everything', async () => {
  const { admin } = await prepareCertificates(folder, now)

  expect(new X509Certificate(admin.certPem).subject).toBe('CN=admin\nO=system:masters')
})

test('a second start keeps the cluster but no certificate that could have expired', async () => {
  const later = new Date('2029-03-01T12:00:00Z')
  const first = await prepareCertificates(folder, now)
  const tokenKey = await readFile(join(folder, 'sa.key'), 'utf8')

  const second = await prepareCertificates(folder, later)

  expect(second.caPem).toBe(first.caPem)
  expect(await readFile(join(folder, 'sa.key'), 'utf8')).toBe(tokenKey)
  const serving = new X509Certificate(second.serving.certPem)
  expect(serving.verify(new X509Certificate(first.caPem).publicKey)).toBe(true)
  expect(serving.validToDate.getTime()).toBeGreaterThan(later.getTime())
})

test('keys are readable by their owner alone', async () => {
  await prepareCertificates(folder, now)

  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  for (const file of await readdir(folder)) {
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
  }
})

test('the two halves of the token key belong together', async () => {
  await prepareCertificates(folder, now)
  const half = createPublicKey(await readFile(join(folder, 'sa.key'), 'utf8'))

  expect(half.export({ type: 'spki', format: 'pem' })).toBe(
    await readFile(join(folder, 'sa.pub'), 'utf8'),
  )
})

test('keys that a crash left half-made are made anew', async () => {
  await mkdir(`${folder}.new`)
  await writeFile(join(`${folder}.new`, 'ca.crt'), 'half')

  const { caPem } = await prepareCertificates(folder, now)

  expect(caPem).toMatch(/^-----BEGIN CERTIFICATE-----\n.*-----END CERTIFICATE-----\n$/s)
})
