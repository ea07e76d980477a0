// Writes the CustomResourceDefinitions into this folder. Run by `npm run generate`.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crdFiles } from './src/index.ts'

for (const file of crdFiles()) {
  await writeFile(join(import.meta.dirname, file.name), file.text)
  console.log(`crds/${file.name}`)
}
