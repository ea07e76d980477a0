export type { KeyPair } from './certificates.ts'
export type { Component, Exit } from './component.ts'
export {
  type EnsureOptions,
  ensureControlPlane,
  type FindOptions,
  findControlPlane,
  type Programs,
  type Source,
} from './ensure.ts'
export type { Program } from './programs.ts'
export type { OnProgress, Progress } from './progress.ts'
export {
  type Components,
  type ControlPlane,
  type StartOptions,
  startControlPlane,
} from './start.ts'
