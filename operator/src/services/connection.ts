import { createHash } from 'node:crypto'
import {
  type Credential,
  createHttp,
  createLatchkeyDriver,
  credentialParts,
  type Http,
  type HttpOptions,
  type KeyServicePort,
} from '@latchkey/core'
import { createKeyView, type KeyView } from './key-view.ts'
import type { ServiceRecord } from './service-record.ts'

/** A key service that we talk to: the port, and what it last told about our keys. */
export interface Connection {
  readonly port: KeyServicePort
  readonly view: KeyView
  /** Changes when the connection has to be made anew: another URL, account, CA or credential. */
  readonly print: string
}

/** How connections are made; tests put their recorder between. */
export type OpenHttp = (options: HttpOptions) => Http

/** What every connection of this operator has in common. */
export interface ConnectOptions {
  readonly cluster: string
  readonly openHttp?: OpenHttp
}

/** The fingerprint of everything a connection depends on; the credential enters as a digest. */
export function connectionPrint({ spec }: ServiceRecord, credential: Credential): string {
  const { url, driver, account, caBundle } = spec
  return createHash('sha256')
    .update(JSON.stringify([url, driver, account, caBundle, credentialParts(credential)]))
    .digest('hex')
}

/** Opens a connection; nothing is sent yet. A view of the same service is taken over. */
export function connect(
  { spec }: ServiceRecord,
  credential: Credential,
  options: ConnectOptions,
  view: KeyView = createKeyView(options.cluster),
): Omit<Connection, 'print'> {
  const { url, account, caBundle } = spec
  const http = (options.openHttp ?? createHttp)({
    url,
    ...(caBundle === undefined ? {} : { caBundle }),
  })
  return {
    port: createLatchkeyDriver({
      url,
      credential,
      http,
      ...(account === undefined ? {} : { account }),
    }),
    view,
  }
}
