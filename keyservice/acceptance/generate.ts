import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findProofs } from './proofs.ts'
import { requirementsPage } from './requirements-page.ts'
import { rows } from './rows.ts'

const root = resolve(import.meta.dirname, '../..')
await writeFile(join(root, 'docs/requirements.md'), requirementsPage(rows, await findProofs(root)))
