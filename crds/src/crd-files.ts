import { stringify } from 'yaml'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { resources } from './resources.ts'

/** A generated file: its name inside `crds/` and its text. */
export interface CrdFile {
  readonly name: string
  readonly text: string
}

/** Every CustomResourceDefinition as the file that is committed. The same schemas always give the same bytes. */
export function crdFiles(): readonly CrdFile[] {
  return resources.map((resource) => ({
    name: `latchkey.dev_${resource.plural}.yaml`,
    text: `# Generated from core/src/domain by npm run generate; edit the schemas there.\n${stringify(
      customResourceDefinition(resource),
      { lineWidth: 0, aliasDuplicateObjects: false },
    )}`,
  }))
}
