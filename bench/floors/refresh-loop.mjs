// G9's floor: rotations in a loop, without HTTP, tokens or answers. Argument: `transaction` (BEGIN, SELECT ..
// FOR UPDATE, UPDATE, INSERT, COMMIT) or `statement` (one statement that does it all).
import { createHash, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import pg from 'pg';
import { serveParent } from '../processes/serve.mjs';
import { timedLoop } from './timed-loop.mjs';

const form = process.argv[2];
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 * availableParallelism() });

const named = (name, text) => (values) => ({ name, text, values });
const rotateStatement = named(
  'rotate',
  `with rotated as (
     update floor_tokens set rotated_at = now()
     where token_hash = $1 and rotated_at is null and expires_at > now() returning session_id
   )
   insert into floor_tokens (session_id, token_hash, expires_at)
   select session_id, $2, now() + interval '7 days' from rotated returning session_id`,
);
const find = named(
  'find',
  'select id, session_id from floor_tokens where token_hash = $1 and rotated_at is null and expires_at > now() for update',
);
const mark = named('mark', 'update floor_tokens set rotated_at = now() where id = $1');
const insert = named(
  'insert',
  `insert into floor_tokens (session_id, token_hash, expires_at) values ($1, $2, now() + interval '7 days')`,
);

const forms = {
  statement: async (from, to) => {
    const { rowCount } = await pool.query(rotateStatement([from, to]));
    return rowCount === 1;
  },
  transaction: async (from, to) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query(find([from]));
      await client.query(mark([rows[0].id]));
      await client.query(insert([rows[0].session_id, to]));
      await client.query('commit');
      return true;
    } finally {
      client.release();
    }
  },
};

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const current = new Map();

serveParent({
  loop: (settings) =>
    timedLoop(settings, async (worker) => {
      const token = randomBytes(32).toString('base64url');
      // The rows are sha256('1'), sha256('2') …: each worker of each form begins its own chain at one of them.
      const first = worker + (form === 'statement' ? 1 : 501);
      const from = current.get(worker) ?? sha256(String(first));
      const to = sha256(token);
      const rotated = await forms[form](from, to);
      current.set(worker, to);
      return rotated;
    }),
});
