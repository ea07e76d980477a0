import type { ControlPlane } from '@latchkey/controlplane'
import { Agent, request } from 'undici'

/** What the API server answered. */
export interface ApiAnswer {
  readonly status: number
  /** The object; for a refusal undefined. */
  readonly object: ApiObject | undefined
  /** The sentence of a refusal; empty otherwise. */
  readonly message: string
}

/** An object of any kind, as far as tests look into it. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string
    readonly finalizers?: readonly string[]
    readonly annotations?: Readonly<Record<string, string>>
    readonly resourceVersion?: string
  }
  readonly [field: string]: unknown
}

export interface RequestOptions {
  readonly body?: object
  /** Default: JSON; for PATCH a merge patch. */
  readonly contentType?: string
  /** A user to act as; of a ServiceAccount `system:serviceaccount:<namespace>:<name>`. */
  readonly as?: string
}

/** Plain calls to the API server as its administrator, or as somebody the administrator impersonates. */
export class ApiClient {
  readonly #url: string
  readonly #agent: Agent

  constructor(controlPlane: ControlPlane) {
    this.#url = controlPlane.url
    const { certPem, keyPem } = controlPlane.admin
    this.#agent = new Agent({ connect: { ca: controlPlane.caPem, cert: certPem, key: keyPem } })
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<ApiAnswer> {
    const plain = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const answer = await request(this.#url + path, {
      dispatcher: this.#agent,
      method,
      headers: {
        'content-type': options.contentType ?? plain,
        ...(options.as === undefined ? {} : impersonate(options.as)),
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
    })
    const body = (await answer.body.json()) as ApiObject & { readonly message?: string }
    return answer.statusCode < 400
      ? { status: answer.statusCode, object: body, message: '' }
      : { status: answer.statusCode, object: undefined, message: body.message ?? '' }
  }

  /** A bearer token of a ServiceAccount, valid for an hour. */
  async serviceAccountToken(namespace: string, name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
    const { object, message } = await this.request('POST', path, { body })
    if (object === undefined) throw new Error(message)
    return (object.status as { readonly token: string }).token
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}

/** A ServiceAccount is impersonated with the groups that its token would carry. */
function impersonate(user: string): Record<string, string | string[]> {
  const [, , namespace] = user.split(':')
  return {
    'impersonate-user': user,
    'impersonate-group': user.startsWith('system:serviceaccount:')
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
      : ['system:authenticated'],
  }
}
