// The service's own OpenAPI document, as something to hold its answers against.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** A JSON schema, as far as the document uses it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  /** False for one that must be left out. */
  readonly properties?: Readonly<Record<string, Schema | false>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly propertyNames?: Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
}

/** One method of one path. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  /** By media type. */
  readonly body: Readonly<Record<string, Schema>>
  /** By status; each by media type. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, Schema>>>>
}

/** One value in the path, the query or a header. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

/** The document, and whether something fits into one of its schemas. */
export interface ApiDocument {
  readonly operations: readonly Operation[]
  readonly resolve: (schema: Schema) => Schema
  /** What is wrong with a value; empty when it fits. */
  readonly misfit: (schema: Schema, value: unknown) => string
}

/** Reads the document of a service that answers. */
export async function readDocument(url: string): Promise<ApiDocument> {
  const text = await (await fetch(`${url}/openapi.json`)).text()
  const document = JSON.parse(text) as RawDocument
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'document')
  const compiled = new Map<Schema, ValidateFunction>()
  const compile = (schema: Schema): ValidateFunction => {
    const known = compiled.get(schema)
    if (known !== undefined) return known
    const fresh = ajv.compile(rooted(schema))
    compiled.set(schema, fresh)
    return fresh
  }
  return {
    operations: operationsOf(document),
    resolve: (schema) => {
      const name = schema.$ref?.split('/').at(-1)
      return name === undefined ? schema : (document.components.schemas[name] ?? {})
    },
    misfit: (schema, value) => {
      const validate = compile(schema)
      return validate(value) ? '' : ajv.errorsText(validate.errors)
    },
  }
}

interface RawDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

interface RawOperation {
  readonly parameters?: readonly (Omit<Parameter, 'required'> & { readonly required?: boolean })[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

function operationsOf({ paths }: RawDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: (operation.parameters ?? []).map((parameter) => ({
        ...parameter,
        required: parameter.required === true,
      })),
      body: schemasOf(operation.requestBody?.content),
      answers: Object.fromEntries(
        Object.entries(operation.responses).map(([status, { content }]) => [
          status,
          schemasOf(content),
        ]),
      ),
    })),
  )
}

function schemasOf(content: Content = {}): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema = {} }]) => [type, schema]),
  )
}

/** References of the document lead into the document wherever a schema is compiled. */
function rooted(schema: Schema): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'))
}
