/**
 * What decides everything random in `npm test`. Always the same: what fails was then broken by the change that is tested.
 * `LATCHKEY_TEST_SEED` tries another; `npm run soak` draws one each time, and `--seed` with what it printed repeats that.
 */
export const testSeed = Number(process.env.LATCHKEY_TEST_SEED ?? 20_261_121)
