// Nobody gets through Latchkey what he could not do himself: the API server is asked about the author of the object.

import type { Manifest } from '../install/manifest.ts'
import { type NamedExpression, validatingPolicy } from './policy.ts'

/** Whoever takes a finalizer away, or writes the same spec again, has asked for nothing new. */
const newWishes: readonly NamedExpression[] = [
  { name: 'not-deleting', expression: '!has(object.metadata.deletionTimestamp)' },
  { name: 'changed', expression: 'oldObject == null || object.spec != oldObject.spec' },
]

/**
 * An ApiKey that wants more than the plain Opaque Secret of its own name (a name that others read, a type or a label
 * that a controller acts upon, data of its own) needs an author who may create and update that Secret himself.
 */
export function secretRightsPolicy(): readonly Manifest[] {
  return validatingPolicy({
    name: 'secret-rights.latchkey.dev',
    rules: [
      { apiGroups: ['latchkey.dev'], resources: ['apikeys'], operations: ['CREATE', 'UPDATE'] },
    ],
    conditions: [
      ...newWishes,
      {
        name: 'beyond-plain-secret',
        expression: `has(object.spec.secret) && (
  object.spec.secret.?name.orValue(object.metadata.name) != object.metadata.name ||
  object.spec.secret.?type.orValue('Opaque') != 'Opaque' ||
  ['data', 'labels', 'annotations'].exists(field, field in object.spec.secret))`,
      },
    ],
    variables: [
      { name: 'secret', expression: 'object.spec.secret.?name.orValue(object.metadata.name)' },
      {
        name: 'secrets',
        expression: "authorizer.group('').resource('secrets').namespace(object.metadata.namespace)",
      },
    ],
    validations: [
      {
        expression:
          "variables.secrets.check('create').allowed() && variables.secrets.name(variables.secret).check('update').allowed()",
        messageExpression:
          "'spec.secret asks for more than the plain Secret ' + object.metadata.name + ', so you need the rights to create and update secrets in namespace ' + object.metadata.namespace",
      },
    ],
  })
}

/** A key service that uses a Secret as its credential needs an author who may read that Secret himself. */
export function credentialRightsPolicy(): readonly Manifest[] {
  return validatingPolicy({
    name: 'credential-rights.latchkey.dev',
    rules: [
      {
        apiGroups: ['latchkey.dev'],
        resources: ['keyservices', 'clusterkeyservices'],
        operations: ['CREATE', 'UPDATE'],
      },
    ],
    conditions: newWishes,
    variables: [
      {
        name: 'home',
        expression: 'object.metadata.?namespace.orValue(object.spec.?secretNamespace.orValue(""))',
      },
      {
        name: 'names',
        expression: `['tokenRef', 'keyRef', 'secretRef']
  .filter(field, field in object.spec.credentials)
  .map(field, string(object.spec.credentials[field].name))`,
      },
      {
        name: 'secrets',
        expression: "authorizer.group('').resource('secrets').namespace(variables.home)",
      },
    ],
    validations: [
      {
        expression:
          "variables.names.all(name, variables.secrets.name(name).check('get').allowed())",
        // Without the authorizer, which the expression of a message cannot ask.
        messageExpression: `'spec.credentials names Secrets that you may not read; you need the right to get secrets ' +
  variables.names.transformList(i, name, !variables.names.exists(j, other, j < i && other == name), name).join(', ') +
  ' in namespace ' + variables.home`,
      },
    ],
  })
}
