import { readFile } from 'node:fs/promises';
import { Connection } from '../load/connection.mjs';
import { summarise } from '../load/latencies.mjs';
import { requestBytes } from '../load/requests.mjs';
import * as requests from '../requests.mjs';

const LIMIT_MS = 2_000;

export const title = 'logout at one server until the other one refuses the token';

/**
 * G12: sessions end at one process while another is asked about their tokens without a pause. Counts from the
 * answer of the logout to the first refusal elsewhere, in milliseconds; 0 when the refusal was faster.
 */
export async function run(world, { round, perRound }) {
  const [here, there] = await Promise.all([world.server('latchkey'), world.server('latchkey-2')]);
  const slice = async (name) =>
    (await readFile(world.file(name), 'utf8')).split('\n').slice(round * perRound, (round + 1) * perRound);
  const [tokens, refreshTokens] = [await slice('doomed'), await slice('doomed-refresh')];
  const open = { first: await Connection.open(here.port), second: await Connection.open(there.port) };
  const delays = [];
  let [staleOnSameServer, bad] = [0, 0];
  for (const [i, token] of tokens.entries()) {
    const ask = requestBytes(requests.introspection(world.fixture), token);
    const end = requestBytes(requests.logout, refreshTokens[i]);
    // Both have it cached, or there would be nothing to forget.
    for (const connection of [open.first, open.second])
      if (!isActive(await connection.request(ask))) bad += 1;
    const refusedAt = firstRefusal(open.second, ask);
    await open.first.request(end);
    const endedAt = performance.now();
    if (isActive(await open.first.request(ask))) staleOnSameServer += 1;
    const at = await refusedAt;
    if (at === null) bad += 1;
    else delays.push(Math.max(0, at - endedAt));
  }
  for (const connection of Object.values(open)) connection.close();
  const firstBad = bad > 0 ? 'a token was inactive before its session ended, or active long after' : null;
  return { sessions: tokens.length, ...summarise(delays), staleOnSameServer, bad, firstBad };
}

async function firstRefusal(connection, ask) {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const answer = await connection.request(ask);
    if (!isActive(answer)) return performance.now();
  }
  return null;
}

function isActive({ status, body }) {
  return status === 200 && body.includes('"active":true');
}
