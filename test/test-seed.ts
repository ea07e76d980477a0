/**
 * What decides everything random in `npm test`. Always the same: what fails was then broken by the change that is tested.
 * `npm run soak` draws another each time; a run with what it printed as `LATCHKEY_TEST_SEED` repeats it.
 */
export const testSeed = Number(process.env.LATCHKEY_TEST_SEED ?? 20_261_121)
