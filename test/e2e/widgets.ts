import type { KubeObject, Resource } from '../../operator/src/runtime/resource.ts'

/** A kind of no meaning, with a status apart: for what the runtime does whatever the kind. */
export const widgets: Resource = {
  group: 'runtime.test',
  version: 'v1',
  plural: 'widgets',
  namespaced: true,
}

/** Its CustomResourceDefinition. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.runtime.test' },
  spec: {
    group: 'runtime.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer' } } },
              status: { type: 'object', properties: { seen: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
}

/** A widget of the namespace `default`. */
export function widget(
  name: string,
  size: number,
  metadata: object = {},
): KubeObject & { readonly spec: object } {
  return {
    apiVersion: 'runtime.test/v1',
    kind: 'Widget',
    metadata: { namespace: 'default', name, ...metadata },
    spec: { size },
  }
}
