import type { KeyServiceConfigInput } from '../config.ts'
import { type PresetName, presetNames } from './product-settings.ts'
import { pulsapi } from './pulsapi.ts'
import { pulse } from './pulse.ts'
import { pulseapi } from './pulseapi.ts'
import { pulze } from './pulze.ts'
import { sippulse } from './sippulse.ts'

/** Every preset by its name. `default` is what the settings are by themselves: everything that any of the five does. */
export const presets: Readonly<Record<PresetName, KeyServiceConfigInput>> = {
  default: {},
  pulze,
  pulsapi,
  pulseapi,
  pulse,
  sippulse,
}

/** The configuration with its preset below it: what it says itself counts, lists as a whole, objects field by field. */
export function onPreset(input: unknown): unknown {
  if (!isObject(input)) return input
  const { preset } = input
  const known = presetNames.find((name) => name === preset)
  return known === undefined ? input : merge(presets[known], input)
}

function merge(below: object, above: object): object {
  const merged: Record<string, unknown> = { ...below }
  for (const [name, value] of Object.entries(above)) {
    const under = merged[name]
    merged[name] = isObject(under) && isObject(value) ? merge(under, value) : value
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
