import { join } from 'node:path'

/** Where a store in SQLite keeps everything but uses. */
export const keysFile = (folder: string): string => join(folder, 'keys.sqlite')

/** Where it keeps uses; see `uses-file.ts`. */
export const usesFile = (folder: string): string => join(folder, 'uses.sqlite')
