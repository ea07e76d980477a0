// What the runtime relies on in an API server, asked of the real one and of the fake that stands in for it: a fake that
// drifts away from the real thing fails here.

import { afterAll, beforeAll, describe } from 'vitest'
import { changeContract } from './api-server/change.ts'
import { creationContract } from './api-server/creation.ts'
import { deletionContract } from './api-server/deletion.ts'
import { listContract } from './api-server/list.ts'
import { readingContract } from './api-server/reading.ts'
import { type Subject, subjects } from './api-server/subjects.ts'
import { watchContract } from './api-server/watch.ts'
import { apiServerWorld, type World } from './api-server/world.ts'

describe.each(subjects)('an API server: $name', ({ start }) => {
  let subject: Subject
  let world: World
  beforeAll(async () => {
    subject = await start()
    world = apiServerWorld(subject.transport)
  })
  afterAll(async () => {
    await subject?.transport.close()
    await subject?.stop()
  })

  const now = () => world
  creationContract(now)
  readingContract(now)
  changeContract(now)
  deletionContract(now)
  listContract(now)
  watchContract(now)
})
