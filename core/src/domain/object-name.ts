import { z } from 'zod'

/** Names of Kubernetes objects (RFC 1123 subdomain). */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'must be a DNS subdomain name such as billing-api: lower-case letters, digits, dashes and dots',
  )
