// The keys and certificates of one control plane. What identifies the cluster is kept (its CA and the
// key that signs ServiceAccount tokens); everything signed by the CA is issued anew at each start, so that
// no start ever finds a certificate expired.
import 'reflect-metadata'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { readIfPresent, writePrivateFile } from './private-file.ts'

/** A certificate and its private key, both PEM. */
export type KeyPair = { readonly certPem: string; readonly keyPem: string }

export type Certificates = {
  readonly caPem: string
  readonly serving: KeyPair
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  readonly scheduler: KeyPair
}

type Authority = { readonly certificate: X509Certificate; readonly key: CryptoKey }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const caYears = 10
const leafYears = 1
/** Clocks of containers and virtual machines differ by minutes. */
const backdatedMilliseconds = 3_600_000

/** The address of the `kubernetes` Service: the first of the range in which Services get theirs. */
export const serviceAddressRange = '10.0.0.0/24'
const kubernetesServiceAddress = '10.0.0.1'

/**
 * Makes the folder's keys complete and issues the certificates of this start. A folder filled before keeps its
 * CA and its ServiceAccount key; a crash while filling it leaves a folder that the next start begins anew.
 */
export async function prepareCertificates(folder: string, now: Date): Promise<Certificates> {
  await createIdentity(folder, now)
  const authority = await loadAuthority(folder)
  const [serving, admin, controllerManager, scheduler] = await Promise.all([
    issue(authority, now, { commonName: 'kube-apiserver', usage: ExtendedKeyUsage.serverAuth }),
    issueClient(authority, now, { commonName: 'admin', organization: 'system:masters' }),
    issueClient(authority, now, { commonName: 'system:kube-controller-manager' }),
    issueClient(authority, now, { commonName: 'system:kube-scheduler' }),
  ])
  await writePrivateFile(join(folder, 'serving.crt'), serving.certPem)
  await writePrivateFile(join(folder, 'serving.key'), serving.keyPem)
  return { caPem: toPem(authority.certificate), serving, admin, controllerManager, scheduler }
}

/** Writes what identifies the cluster, all of it or nothing: half of it would lock out what the other half signed. */
async function createIdentity(folder: string, now: Date): Promise<void> {
  if ((await readIfPresent(join(folder, 'ca.crt'))) !== undefined) return
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  const authority = await createAuthority(now)
  const tokens = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await writePrivateFile(join(fresh, 'ca.crt'), toPem(authority.certificate))
  await writePrivateFile(join(fresh, 'ca.key'), await keyToPem(authority.key))
  await writePrivateFile(join(fresh, 'sa.key'), tokens.privateKey)
  await writePrivateFile(join(fresh, 'sa.pub'), tokens.publicKey)
  await rename(fresh, folder)
}

async function createAuthority(now: Date): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=controlplane-ca',
    keys,
    signingAlgorithm: algorithm,
    ...validity(now, caYears),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate, key: keys.privateKey }
}

async function loadAuthority(folder: string): Promise<Authority> {
  const certificate = new X509Certificate(await readFile(join(folder, 'ca.crt'), 'utf8'))
  const pkcs8 = PemConverter.decodeFirst(await readFile(join(folder, 'ca.key'), 'utf8'))
  return {
    certificate,
    key: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
  }
}

type Subject = {
  readonly commonName: string
  readonly organization?: string
}

async function issueClient(authority: Authority, now: Date, subject: Subject): Promise<KeyPair> {
  return issue(authority, now, { ...subject, usage: ExtendedKeyUsage.clientAuth })
}

async function issue(
  authority: Authority,
  now: Date,
  subject: Subject & { readonly usage: ExtendedKeyUsage },
): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([subject.usage]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
  ]
  if (subject.usage === ExtendedKeyUsage.serverAuth) extensions.push(serverNames())
  const certificate = await X509CertificateGenerator.create({
    subject: [
      { CN: [subject.commonName] },
      ...(subject.organization ? [{ O: [subject.organization] }] : []),
    ],
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: algorithm,
    ...validity(now, leafYears),
    extensions,
  })
  return { certPem: toPem(certificate), keyPem: await keyToPem(keys.privateKey) }
}

function serverNames(): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'dns', value: 'kubernetes.default.svc' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: kubernetesServiceAddress },
  ])
}

function validity(now: Date, years: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + years)
  return { notBefore: new Date(now.getTime() - backdatedMilliseconds), notAfter }
}

/** With the newline that the library leaves out: certificates joined without it cannot be read. */
function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

async function keyToPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
