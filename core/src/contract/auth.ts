import { z } from 'zod'
import { scope } from '../domain/scope.ts'
import { oneGroup } from './one-group.ts'
import { text } from './text.ts'

// The bodies of logging in: a credential or a password against a session token that lives for some hours.

const username = text(1, 128)
const password = text(12, 256)

/** `POST /auth/login`: `apiKey` and `apiSecret`, or `username` and `password`, or a `token`. */
export const loginBody = oneGroup(
  z.strictObject({
    token: text(1, 512).optional(),
    apiKey: text(1, 128).optional(),
    apiSecret: text(1, 512).optional(),
    username: username.optional(),
    password: text(1, 256).optional(),
  }),
  [['token'], ['apiKey', 'apiSecret'], ['username', 'password']],
  'needs a token, or apiKey and apiSecret, or username and password',
)

/** A session: whose it is, what it may do at this moment, and when it ends at the latest. */
export const sessionBody = z
  .object({
    id: z.string(),
    account: z.string(),
    keyId: z.string().optional(),
    userId: z.string().optional(),
    scopes: z.array(z.string()),
    createdTime: z.iso.datetime(),
    expirationTime: z.iso.datetime(),
  })
  .meta({ id: 'Session' })

/** The only answer that carries a session token: send it as `Authorization: Bearer`. */
export const loggedInBody = z.object({ token: z.string(), session: sessionBody })

/** `PUT /users/{id}/login`: lets a user log in, with these rights and this password. */
export const setLoginBody = z.strictObject({
  password,
  scopes: z.array(scope).max(64).optional().meta({
    description: 'What the user may do. Absent: as before, and nothing at first.',
  }),
})

/** `PUT /auth/password`: a user changes his own. */
export const changePasswordBody = z.strictObject({
  currentPassword: text(1, 256),
  password,
})
