// Loaded into the programs that `latchkey up` starts (node --import). The channel to the parent breaks when the parent is
// gone, however it went; then this program ends as if it had been asked to, or is ended. Nothing may run on by itself.

const graceMilliseconds = 10_000

process.once('disconnect', () => {
  setTimeout(() => process.exit(1), graceMilliseconds).unref()
  process.kill(process.pid, 'SIGTERM')
})
// Listening alone must not keep a program alive that has nothing to do any more.
process.channel?.unref()
