export { type AdmissionOptions, admissionPolicies } from './admission/admission-policies.ts'
export { injectAnnotation, injectSkippedAnnotation } from './admission/injection.ts'
export type { Manifest } from './install/manifest.ts'
export { type RbacOptions, rbac } from './install/rbac.ts'
