// A real Kubernetes control plane on this machine: `ensureControlPlane` gives its programs, `startControlPlane` a
// running cluster in a folder.
export type { KeyPair } from './certificates.ts'
export type { Component, Exit } from './component.ts'
export type { Components } from './create-components.ts'
export { type EnsureOptions, ensureControlPlane } from './ensure.ts'
export { type FindOptions, findControlPlane, type Programs, type Source } from './find.ts'
export { type Lock, tryLock } from './lock.ts'
export { readIfPresent, writePrivateFile } from './private-file.ts'
export type { Program } from './programs.ts'
export type { OnProgress, Progress } from './progress.ts'
export { type ControlPlane, type StartOptions, startControlPlane } from './start.ts'
