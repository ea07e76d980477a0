import fc from 'fast-check'
import { testSeed } from './test-seed.ts'

// The values of property tests are the same in every run.
fc.configureGlobal({ seed: testSeed })
