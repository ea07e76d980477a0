import { ApiFailure } from './api-failure.ts'

type Json = unknown
type Fields = Readonly<Record<string, Json>>

/** RFC 7386. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isFields(patch)) return patch
  const result: Record<string, Json> = isFields(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = mergePatch(result[name], value)
  }
  return result
}

type Operation = { readonly op: string; readonly path: string; readonly value?: Json }

/** RFC 6902 as far as controllers use it: test, add, replace and remove. */
export function jsonPatch(target: Json, operations: readonly Operation[]): Json {
  return operations.reduce(applyOperation, structuredClone(target))
}

function applyOperation(root: Json, { op, path, value }: Operation): Json {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = steps.pop() ?? ''
  let parent = root
  for (const step of steps) parent = (parent as Record<string, Json>)[step]
  if (typeof parent !== 'object' || parent === null) throw refused(`there is no ${path}`)
  const fields = parent as Record<string, Json>
  if (op === 'test') {
    if (JSON.stringify(fields[last]) !== JSON.stringify(value))
      throw refused(`testing value ${path} failed`)
  } else if (op === 'remove') {
    if (!(last in fields)) throw refused(`there is no ${path}`)
    if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else delete fields[last]
  } else if (op === 'add' && Array.isArray(parent)) {
    parent.splice(last === '-' ? parent.length : Number(last), 0, value)
  } else if (op === 'add' || last in fields) fields[last] = value
  else throw refused(`there is no ${path}`)
  return root
}

function refused(message: string): ApiFailure {
  return new ApiFailure(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${message}`,
  )
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
