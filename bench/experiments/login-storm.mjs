import * as requests from '../requests.mjs';

const QUEUED = 50;
const RATE = 500;
const NEW_TOKENS_RATE = 50;
const PACED_CONNECTIONS = 32;

export const title = `${RATE} cached introspections a second, alone and beside ${QUEUED} queued logins`;

/** How many tokens that the server has not seen a round uses up. */
export function unseen(seconds) {
  return Math.ceil(NEW_TOKENS_RATE * seconds);
}

/** G8: what a login storm does to everybody else. Latencies in milliseconds. */
export async function run(world, { seconds, round, unseenFrom }) {
  const { child, port } = await world.server('latchkey');
  const load = await world.server('load');
  // Started beforehand: a process that is still loading would be measured with the rest.
  for (const name of ['load-2', 'load-3', 'argon2-loop']) await world.server(name);
  const alone = async () => await load.child.call('run', introspections(world, port, seconds));
  const before = await alone();
  const storm = startStorm(world, port, seconds + 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await child.call('startEventLoop');
  const [busy, fresh] = await Promise.all([
    load.child.call('run', { ...introspections(world, port, seconds), prime: false }),
    newTokens(world, { port, seconds, from: unseenFrom + round * unseen(seconds) }),
  ]);
  const eventLoop = await child.call('stopEventLoop');
  const logins = await storm;
  // Before and after: what else the machine is doing meets the storm and its quiet alike.
  const after = await alone();
  const quietP99 = (before.p99 + after.p99) / 2;
  const loop = await (await world.server('argon2-loop')).child.call('storm', {
    seconds,
    concurrency: QUEUED,
  });
  const parts = [before, busy, after, fresh, logins];
  return {
    quietP99,
    stormP99: busy.p99,
    introspectToQuiet: busy.p99 / quietP99,
    newTokenP99: fresh.p99,
    eventLoopP99: eventLoop.p99,
    loopEventLoopP99: loop.eventLoopP99,
    eventLoopToLoop: eventLoop.p99 / loop.eventLoopP99,
    loginsPerSecond: logins.requests / logins.seconds,
    bad: parts.reduce((sum, { bad }) => sum + bad, 0),
    firstBad: parts.find(({ firstBad }) => firstBad)?.firstBad ?? null,
  };
}

function introspections(world, port, seconds) {
  const request = requests.introspection(world.fixture);
  return paced(port, seconds, {
    kind: 'rotating',
    request,
    items: { file: world.file('hot') },
    prime: true,
    rate: RATE,
  });
}

/** From a process of its own: a token's latency must not wait for the load of the others. */
async function newTokens(world, { port, seconds, from }) {
  const load = await world.server('load-3');
  const items = { file: world.file('fresh'), from, to: from + unseen(seconds) };
  const request = requests.introspection(world.fixture);
  return await load.child.call(
    'run',
    paced(port, seconds, { kind: 'once', request, items, rate: NEW_TOKENS_RATE }),
  );
}

async function startStorm(world, port, seconds) {
  const load = await world.server('load-2');
  return await load.child.call('run', {
    kind: 'rotating',
    request: requests.login(world.fixture.password),
    items: { file: world.file('accounts') },
    expect: { status: 200, text: 'LoginSucceeded' },
    connections: QUEUED,
    port,
    seconds,
  });
}

function paced(port, seconds, job) {
  const expect = { status: 200, text: '"active":true' };
  return { ...job, expect, port, seconds, connections: PACED_CONNECTIONS };
}
