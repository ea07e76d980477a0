// Injection by annotation, inside the API server. A pod names Secrets; the policy writes native references to them into
// the pod, so that the kubelet waits for the Secret and nothing of ours has to run when the pod restarts.

import type { Manifest } from '../install/manifest.ts'
import { mountPath, obeyedVariables, variableName } from './injection-limits.ts'
import { mutatingPolicy, type NamedExpression } from './policy.ts'

/** On a pod: the Secrets it wants, `analytics, billing=BILLING_TOKEN, pulse/apiKey, mobile:/run/keys/mobile`. */
export const injectAnnotation = 'latchkey.dev/inject'
/** On a pod, by the policy: what it asked for and did not get, and why. */
export const injectSkippedAnnotation = 'latchkey.dev/inject-skipped'

// Whatever passes must give a valid pod: the API server would refuse the pod for our sake.
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const entry = '[.]?[-_A-Za-z0-9][-._A-Za-z0-9]*'
const wish = `^${label}([.]${label})*((/${entry})?(=[A-Za-z0-9_]+)?|:/.*)$`
const longestWish = 253

/**
 * The policy that injects into pods which ask for it by annotation. It refuses no pod: what cannot be injected is left
 * out and named in an annotation. Every patch is safe to repeat: what is there already is neither added nor reported.
 *
 * - `name` gives the variable NAME_TOKEN from the entry `token`; `name/entry` gives NAME_ENTRY, for credentials with two
 *   parts; `=VARIABLE` names the variable. Variables stand first, so that the pod's own can refer to them.
 * - `name:/directory` mounts the whole Secret, read-only. Never a subPath, which would not see a rotated token.
 */
export function injectionPolicy(options: {
  readonly exceptNamespaces: readonly string[]
}): readonly Manifest[] {
  return mutatingPolicy({
    name: 'inject.latchkey.dev',
    rules: [{ apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }],
    exceptNamespaces: options.exceptNamespaces,
    conditions: [
      {
        name: 'asks',
        expression: `'${injectAnnotation}' in object.metadata.?annotations.orValue({})`,
      },
      {
        name: 'no-mirror-pod',
        expression: "!('kubernetes.io/config.mirror' in object.metadata.annotations)",
      },
    ],
    variables: [...wishes, ...clashes],
    jsonPatch: [
      patchContainers('containers'),
      `(has(object.spec.initContainers) ? ${patchContainers('initContainers')} : [])`,
      patchVolumes,
      patchSkipped,
    ].join(' + '),
  })
}

/** From the annotation's text to `env` and `files`, the wishes that can be had, and `problems`, why the others cannot. */
const wishes: readonly NamedExpression[] = [
  {
    name: 'asked',
    expression: `object.metadata.annotations['${injectAnnotation}'].split(',').map(text, text.trim()).filter(text, text != '')`,
  },
  {
    // Every wish has every field. A wish without an entry means `token`: the appended one is then the second part.
    name: 'parsed',
    expression: `variables.asked.transformList(i, text, {
  'text': text,
  'secret': text.split('=')[0].split(':')[0].split('/')[0],
  'entry': (text.split('=')[0] + '/token').split('/')[1],
  'variable': text.contains('=') ? text.split('=')[1] :
    text.replace('/', '_').replace('-', '_').replace('.', '_').upperAscii() + (text.contains('/') ? '' : '_TOKEN'),
  'path': text.contains(':') ? text.substring(text.indexOf(':') + 1) : '',
  'directory': text.contains(':') ? ${directory("text.substring(text.indexOf(':') + 1)")} : '',
  'volume': 'latchkey-inject-' + string(i)})`,
  },
  {
    name: 'problems',
    expression: `variables.parsed.transformList(i, wish,
  wish.text.size() > ${longestWish} || !wish.text.matches(${cel(wish)}) ? 'is not name, name/entry, name=VARIABLE or name:/directory' :
  wish.path != '' && !wish.path.matches(${cel(mountPath)}) ? 'the directory must lie below /run/keys, /var/run/keys, /etc/keys or /mnt/keys' :
  wish.path == '' && !wish.variable.matches(${cel(variableName)}) ? wish.variable + ' is no name for a variable' :
  wish.path == '' && wish.variable.matches(${cel(obeyedVariables)}) ? wish.variable + ' is a variable that programs obey' :
  wish.path == '' && variables.parsed.exists(j, other, j < i && other.path == '' && other.variable == wish.variable) ? 'an earlier wish has the same variable' :
  wish.path != '' && variables.parsed.exists(j, other, j < i && other.path != '' && ${overlap('other.directory', 'wish.directory')}) ? 'an earlier wish has this directory' :
  wish.path != '' && object.spec.?volumes.orValue([]).exists(volume, volume.name == wish.volume && volume.?secret.?secretName.orValue('') != wish.secret) ? 'the pod has a volume ' + wish.volume :
  '')`,
  },
  {
    name: 'env',
    expression:
      "variables.parsed.transformList(i, wish, wish.path == '' && variables.problems[i] == '', wish)",
  },
  {
    name: 'files',
    expression:
      "variables.parsed.transformList(i, wish, wish.path != '' && variables.problems[i] == '', wish)",
  },
]

const sameReference =
  "(own.?valueFrom.?secretKeyRef.?name.orValue('') == wish.secret && own.?valueFrom.?secretKeyRef.?key.orValue('') == wish.entry)"

/** What containers have of their own, which wins. `refused` holds `<container> <wish>`. */
const clashes: readonly NamedExpression[] = [
  {
    name: 'containers',
    expression: 'object.spec.containers + object.spec.?initContainers.orValue([])',
  },
  {
    name: 'refused',
    expression: `variables.containers.map(container,
  variables.env.filter(wish, container.?env.orValue([]).exists(own, own.name == wish.variable && !${sameReference})).map(wish, container.name + ' ' + wish.text) +
  variables.files.filter(wish, container.?volumeMounts.orValue([]).exists(own, own.name != wish.volume && ${overlap(directory('own.mountPath'), 'wish.directory')})).map(wish, container.name + ' ' + wish.text)
).flatten()`,
  },
]

/** Patches for one list of containers: the whole list of variables and of mounts, since either may be absent. */
function patchContainers(list: 'containers' | 'initContainers'): string {
  const path = (field: string) => `'/spec/${list}/' + string(i) + '/${field}'`
  const missing = (wishes: string, own: string, present: string) =>
    `${wishes}.filter(wish, !((container.name + ' ' + wish.text) in variables.refused) && !container.?${own}.orValue([]).exists(own, ${present}))`
  const env = `${missing('variables.env', 'env', 'own.name == wish.variable')}.map(wish, dyn({
    'name': dyn(wish.variable),
    'valueFrom': dyn({'secretKeyRef': dyn({'name': dyn(wish.secret), 'key': dyn(wish.entry), 'optional': dyn(false)})})}))`
  const mounts = `${missing('variables.files', 'volumeMounts', 'own.name == wish.volume')}.map(wish, dyn({
    'name': dyn(wish.volume), 'mountPath': dyn(wish.path), 'readOnly': dyn(true)}))`
  return `object.spec.${list}.transformList(i, container, [
  JSONPatch{op: 'add', path: ${path('env')}, value: dyn(${env} + container.?env.orValue([]))},
  JSONPatch{op: 'add', path: ${path('volumeMounts')}, value: dyn(container.?volumeMounts.orValue([]) + ${mounts})}
]).flatten()`
}

/** A volume for each Secret that at least one container mounts. */
const patchVolumes = `[JSONPatch{op: 'add', path: '/spec/volumes', value: dyn(object.spec.?volumes.orValue([]) +
  variables.files.filter(wish,
    variables.containers.exists(container, !((container.name + ' ' + wish.text) in variables.refused)) &&
    !object.spec.?volumes.orValue([]).exists(volume, volume.name == wish.volume)
  ).map(wish, dyn({'name': dyn(wish.volume), 'secret': dyn({'secretName': dyn(wish.secret), 'optional': dyn(false)})})))}]`

const patchSkipped = `(variables.refused.size() == 0 && variables.problems.all(problem, problem == '') ? [] :
  [JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('${injectSkippedAnnotation}'), value: (
    variables.parsed.transformList(i, wish, variables.problems[i] != '', wish.text + ': ' + variables.problems[i]) +
    variables.refused.map(text, text.split(' ')[1] + ': container ' + text.split(' ')[0] + ' has its own')
  ).join('; ')}])`

/** A path with one slash at its end, and with /var/run where it leads: paths are compared in this form. */
function directory(path: string): string {
  return `((${path}) + '/').replace('//', '/').replace('/var/run/', '/run/')`
}

/** Whether one directory is the other or lies within it: a mount cannot be made inside a read-only one. */
function overlap(one: string, other: string): string {
  return `(${one}.startsWith(${other}) || ${other}.startsWith(${one}))`
}

/** A text as a CEL literal. */
function cel(text: string): string {
  return JSON.stringify(text)
}
