import type { Row } from './row.ts'

// What the pages of the five products ask for, in their own numbers: P Pulze, A PulsAPI, B PulseAPI, C Pulse,
// D SipPulse AI. The list is closed; how far each row is proven is computed from the tests.

/** Every row, in the order of the numbers. */
export const rows: readonly Row[] = [
  {
    number: 'P1',
    types: 'F',
    says: "API keys give programmatic access to the product's API from applications and workflows",
  },
  {
    number: 'P2',
    types: 'DR',
    says: 'every key is associated with one specific space; keys are scoped to that space',
  },
  { number: 'P3', types: 'U', says: 'keys are managed through a Permissions interface' },
  {
    number: 'P4',
    types: 'R',
    says: 'API keys exist only on one plan (X Suite); Free and One plans have none',
  },
  {
    number: 'P5',
    types: 'U',
    says: 'on lower plans the section shows an upgrade prompt (not an error, not hidden) stating the feature is exclusive',
  },
  {
    number: 'P6',
    types: 'U',
    says: 'prompt carries a button "Upgrade to Pulze X Suite" that unlocks the feature',
  },
  { number: 'P7', types: 'R', says: 'the plan grants unlimited keys' },
  { number: 'P8', types: 'R', says: 'the plan grants advanced rate limits' },
  {
    number: 'P9',
    types: 'UD',
    says: 'table columns: Name; Key Preview (masked, e.g. `pk_...xxxxx` = prefix…suffix); Space with logo; Owner (creator) with avatar; Created at (date and time)',
  },
  {
    number: 'P10',
    types: 'U',
    says: '"New API Key" button opens create flow: name (descriptive) → select space → "Create"',
  },
  {
    number: 'P11',
    types: 'S',
    says: 'full key shown once, at creation only; after the dialog closes only a masked form is visible; user told to copy immediately',
  },
  {
    number: 'P12',
    types: 'G',
    says: 'naming advice: purpose, environment, application; examples "Mobile App - Production", "Analytics Dashboard - Dev", "CI/CD Pipeline"',
  },
  {
    number: 'P13',
    types: 'U',
    says: 'clicking any row opens details: masked full key details, space info, creation date and owner, usage information',
  },
  {
    number: 'P14',
    types: 'U',
    says: 'row menu (⋮): copy key (masked version), view full details, remove',
  },
  {
    number: 'P15',
    types: 'U',
    says: 'remove: menu → "Remove" → confirm; key is immediately revoked; warning that applications stop working',
  },
  {
    number: 'P16',
    types: 'S',
    says: 'one-time display, masked storage, immediate revocation, space association, owner tracking (the creator comes from the authenticated caller; naming another owner needs a right)',
  },
  {
    number: 'P17',
    types: 'G',
    says: 'secure storage (env vars / secret managers), never in VCS; rotate regularly = create new, remove old; least privilege = separate keys per app/env; monitor usage, review active keys, remove unused',
  },
  { number: 'P18', types: 'U', says: 'search by name, real-time results, clear with an X button' },
  {
    number: 'P19',
    types: 'U',
    says: 'empty state: helpful message, prominent "New API Key", quick-start instructions',
  },
  {
    number: 'P20',
    types: 'I',
    says: 'use: `Authorization: Bearer <key>` on the product API (example chat completions)',
  },
  {
    number: 'P21',
    types: 'D',
    says: 'key format: prefix `pk_` ("for production keys") + random alphanumeric, example `pk_abc123def456ghi789jkl`; implies an environment-dependent prefix',
  },
  {
    number: 'P22',
    types: 'U',
    says: 'pagination: page controls, adjustable items per page, total key count',
  },
  {
    number: 'P23',
    types: 'G',
    says: 'use cases: one key each for local dev, staging/testing, production; web, mobile, backend, CI/CD, analytics; keys per team member or service, track who uses which, easy revocation when someone leaves',
  },
  {
    number: 'P24',
    types: 'ER',
    says: 'a key stops working when: removed; its space no longer exists; subscription not active; sent incorrectly. The troubleshooting page names these four checks → verification must distinguish/log these causes',
  },
  {
    number: 'P25',
    types: 'R',
    says: 'lost key: cannot be retrieved; create new, update applications, remove the lost one',
  },
  {
    number: 'P26',
    types: 'R',
    says: 'creating and managing keys needs permissions in the organization and in the associated space',
  },
  {
    number: 'P27',
    types: 'FU',
    says: 'when a team member leaves: filter by owner, revoke all keys of an owner, confirmed',
  },
  { number: 'A1', types: 'F', says: 'create, copy, revoke keys for programmatic access' },
  { number: 'A2', types: 'R', says: 'Pro plan only; "Upgrade to Pro"' },
  {
    number: 'A3',
    types: 'U',
    says: 'Settings > API Keys; "Create API Key"; name; "Create"; key displayed with "Copy it now — it will not be shown again"',
  },
  {
    number: 'A4',
    types: 'S',
    says: 'full key only once; if lost: revoke and create anew; no retrieval',
  },
  {
    number: 'A5',
    types: 'U',
    says: 'Copy button next to the value copies the *full* key to the clipboard (only while shown)',
  },
  { number: 'A6', types: 'I', says: 'sent in the `Authorization` header of every request' },
  {
    number: 'A7',
    types: 'R',
    says: "the key authenticates as the account; every action is subject to the account's plan and permissions: the rights at each use are the key's scopes (where the product has them) within the account's present rights and plan",
  },
  { number: 'A8', types: 'U', says: 'revoke: find in list → "Revoke" → confirm' },
  {
    number: 'A9',
    types: 'E',
    says: 'key is invalid immediately; requests with it get 401 Unauthorized',
  },
  {
    number: 'A10',
    types: 'UD',
    says: 'list columns: Name (label), Created (date and time), Last Used (last API request), Actions (Revoke) — no preview column, no owner',
  },
  { number: 'A11', types: 'R', says: 'multiple keys per account' },
  {
    number: 'A12',
    types: 'G',
    says: 'no VCS; descriptive names so the right one is revoked; rotate = create new, update integrations, then revoke old; revoke unused; limit sharing',
  },
  {
    number: 'B1',
    types: 'R',
    says: 'API access needs Starter, Professional or Team plan (several qualifying plans)',
  },
  { number: 'B2', types: 'U', says: 'sidebar Settings → "API Keys" tab → "Create API Key"' },
  { number: 'B3', types: 'D', says: 'Name (required), with examples' },
  {
    number: 'B4',
    types: 'R',
    says: 'select Permissions (abilities) at creation; grant only what is needed',
  },
  {
    number: 'B5',
    types: 'S',
    says: 'full token displayed once; leaving the page loses it; must create a new key',
  },
  {
    number: 'B6',
    types: 'U',
    says: 'list "will only ever show the last 8 characters of the token"',
  },
  {
    number: 'B7',
    types: 'I',
    says: '`Authorization: Bearer`; example `https://api.pulseapi.io/v1/monitors`',
  },
  {
    number: 'B8',
    types: 'G',
    says: 'store in password manager, secrets manager (AWS Secrets Manager, HashiCorp Vault named), CI secret variables',
  },
  {
    number: 'B9',
    types: 'F',
    says: 'delete: `…` menu; immediate and permanent; systems fail to authenticate',
  },
  {
    number: 'B10',
    types: 'FS',
    says: 'rotate: `…` menu; generates a new token and immediately invalidates the old; used for suspected compromise, scheduled rotation, hand-over',
  },
  {
    number: 'B11',
    types: 'F',
    says: 'keys let clients manage monitors, read incidents, read data (service-side permission catalogue)',
  },
  {
    number: 'B12',
    types: 'R',
    says: '*same vendor, other pages*: keys per user and per team context; record survives rotation; permission change = delete + create; list has last used; 401 after rotate/delete; 429 + X-RateLimit-*',
  },
  {
    number: 'B13',
    types: 'R',
    says: 'account deletion is irreversible, no grace (related article) → keys of a deleted account must die, personal data is erased from keys, audit and events; cancelling a subscription and deleting a team are separate operations',
  },
  {
    number: 'C1',
    types: 'F',
    says: 'keys authenticate applications without a user login: server-to-server, automated tools, background processes',
  },
  {
    number: 'C2',
    types: 'R',
    says: 'each key has specific permissions; they decide what it may do',
  },
  {
    number: 'C3',
    types: 'R',
    says: "on create or update, one may assign *any of the permissions available to your account* (no escalation beyond the caller's account)",
  },
  {
    number: 'C4',
    types: 'D',
    says: 'permission names camelCase verb+resource: `readApplications`, `writeApplications`, `readMerchants`, `writeMerchants`, and `writeApiKeys`',
  },
  {
    number: 'C5',
    types: 'R',
    says: "a key is attached directly to one account; without `x-account-id` on create it goes to the caller's primary account",
  },
  { number: 'C6', types: 'FR', says: '`POST /apikeys` — requires `writeApiKeys`' },
  {
    number: 'C7',
    types: 'DS',
    says: 'create returns key and secret; the secret in full only this once',
  },
  { number: 'C8', types: 'F', says: '`GET /apikeys` — all keys of your account' },
  { number: 'C9', types: 'F', says: '`PATCH /apikeys/{id}` — update properties (partial)' },
  { number: 'C10', types: 'F', says: '`DELETE /apikeys/{id}` — permanent' },
  {
    number: 'C11',
    types: 'F',
    says: '`POST /auth/login` with key+secret → session token, used as `Authorization: Bearer`, same as username+password login',
  },
  { number: 'C12', types: 'F', says: 'direct auth: `x-api-key: apiKey-…` + `x-api-secret: …`' },
  {
    number: 'C13',
    types: 'G',
    says: 'session auth is the recommended way; direct only for testing/maintenance',
  },
  {
    number: 'C14',
    types: 'D',
    says: 'key id format `apiKey-xxxxxxxxxxxx`; the secret is a separate opaque string',
  },
  {
    number: 'C15',
    types: 'F',
    says: 'keys may have expiration dates ("Consider setting expiration dates")',
  },
  {
    number: 'C16',
    types: 'G',
    says: 'store securely; limit permissions; set expirations; rotate; monitor usage and investigate',
  },
  {
    number: 'C17',
    types: 'I',
    says: 'API reference exists for the five endpoints → our service must publish an OpenAPI document covering create/list/update/delete/login',
  },
  { number: 'D1', types: 'F', says: 'keys required for API requests (text, TTS, STT, agents)' },
  {
    number: 'D2',
    types: 'U',
    says: 'sidebar "API Keys" → "Generate API Key" opens a modal asking for a name → "Create"',
  },
  {
    number: 'D3',
    types: 'S',
    says: 'shown once; "cannot be retrieved or decrypted later" → must be hashed, not encrypted',
  },
  { number: 'D4', types: 'R', says: 'at most 10 active keys per account' },
  { number: 'D5', types: 'FU', says: 'rename: edit icon beside the name' },
  { number: 'D6', types: 'FU', says: 'delete: trash icon; key automatically invalidated' },
  { number: 'D7', types: 'S', says: 'confidentiality: not in browser/client-side code' },
  {
    number: 'D8',
    types: 'S',
    says: 'automatic deactivation of any key identified as publicly disclosed',
  },
  { number: 'D9', types: 'I', says: 'integration section with examples in several languages' },
  { number: 'D10', types: 'R', says: 'different keys for different projects or teams' },
]
