import type { Rules } from '../service.ts'
import { examples } from './examples.ts'

/**
 * What the people of this service should know about keys, in Markdown: the rendered page of the API opens with it. It
 * speaks of the service as it is set up, so that it never advises what is switched off.
 */
export function guide(rules: Rules): string {
  return [
    gettingStarted(rules),
    naming,
    storing,
    rotating(rules),
    verifying,
    lost(rules),
    troubles,
    examples(rules),
  ].join('\n\n')
}

function gettingStarted({ labels, token }: Rules): string {
  const shown = token.kind === 'pair' ? 'The key and its secret are' : 'The key is'
  return `## Keys of ${labels.product}

A key gives an application or a workflow access to the API without a person logging in: servers that call servers,
automated tests, background jobs. ${shown} shown in full **once**, in the answer that issues it. Copy it at once and
give it to nobody who does not need it.`
}

const naming = `## Naming keys

Name a key after its purpose, environment and application, so that the right one is found when one has to go:
"Mobile App - Production", "Analytics Dashboard - Dev", "CI/CD Pipeline".

Take one key for each: local development, staging and testing, production; web, mobile, backend, CI/CD, analytics;
each project, each team, each member or service. Then it shows who uses which, and when somebody leaves, his keys
are revoked without touching anybody else's.`

const storing = `## Storing keys

- Keep keys in environment variables, a secrets manager (AWS Secrets Manager, HashiCorp Vault), a password manager or
  the secret variables of your CI. Never in version control.
- Keep keys out of browsers, mobile apps and other client-side code: whoever has the code has the key. Limit with
  whom a key is shared. A key that is found in public is switched off.
- Grant only what is needed: separate keys for each application and environment, each with the fewest permissions.
- Set expiration dates.
- Watch how keys are used, look into what you do not expect, review active keys regularly, remove unused ones.`

function rotating({ keys, labels }: Rules): string {
  const remove = labels.remove.toLowerCase()
  const how =
    keys.rotation === 'None'
      ? `create a new key, update the applications that use the old one, then ${remove} the old one`
      : keys.rotation === 'Immediate'
        ? `rotate the key in place: it gets a new token, and the old one is invalid **immediately**. Update the systems that use it at once`
        : `rotate the key in place with a grace period in which the old token still works, and update the applications meanwhile`
  return `## Rotating keys

Rotate regularly, when a key changes hands, and at once when it may be compromised: ${how}.`
}

const verifying = `## Verifying keys

The product that is called asks \`POST /verify\` whether a key works, with a credential of its own. One that verifies for all
accounts needs a platform credential, and no more than the right to ask: whoever administers this service issues it with
\`POST /apikeys\`, \`"platform": true\` and \`"scopes": ["verifyApiKeys"]\`. Keep the administrator's own out of products.`

function lost({ labels }: Rules): string {
  return `## Lost keys

A key is kept as a hash alone: it cannot be retrieved or decrypted later. Create a new one, update your applications,
then ${labels.remove.toLowerCase()} the lost one.`
}

const troubles = `## When a key stops working

Check these four: the key was removed; its space no longer exists; the subscription is not active; the key is sent
incorrectly. The owner of a key learns the cause from \`POST /verify\`; anybody else only gets 401.`
