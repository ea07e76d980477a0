/** Kubernetes' MicroTime (`2026-01-31T12:00:00.000000Z`) of an instant in milliseconds since 1970. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
