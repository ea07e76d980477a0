// The latchkey command. Wires only: what runs is loaded after the runtime has been found to be new enough.

const oldestNode = 24

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  console.error(
    `Latchkey needs Node.js ${oldestNode} or newer and this is ${process.version}. ` +
      'Start it with "npm start", which brings its own, or install a newer one from https://nodejs.org.',
  )
  process.exitCode = 1
} else {
  const { run } = await import('./run.ts')
  process.exitCode = await run(process.argv.slice(2))
}
