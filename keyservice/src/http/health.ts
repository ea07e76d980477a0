import type { App, AppParts } from './app.ts'

/** Alive (the process answers), ready (the store does), and the numbers for Prometheus. Open to anybody. */
export function health(app: App, { service, metrics }: AppParts): void {
  app.get('/healthz', (context) => context.text('ok'))
  app.get('/readyz', async (context) => {
    try {
      await service.store.lookup('readiness')
      return context.text('ok')
    } catch {
      return context.text('the store does not answer', 503)
    }
  })
  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )
}
