/** Lets the parent call `handlers` by name over the IPC channel. Ends the process when the parent is gone. */
export function serveParent(handlers) {
  const known = { cpu: () => process.cpuUsage(), ...handlers };
  const answer = async ({ id, method, params }) => {
    try {
      process.send({ id, result: await known[method](params) });
    } catch (error) {
      process.send({ id, error: error.stack ?? String(error) });
    }
  };
  process.on('message', (call) => void answer(call));
  process.on('disconnect', () => process.exit(0));
}
