// The CustomResourceDefinitions of Latchkey, generated from the schemas of core.

export * from './crd-files.ts'
export * from './custom-resource-definition.ts'
export * from './resources.ts'
export * from './structural-schema.ts'
export * from './unenforceable.ts'
