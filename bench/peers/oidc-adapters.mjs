import { availableParallelism } from 'node:os';
import pg from 'pg';

/** The provider's own adapter keeps 1,000 entries only; this one keeps them all. */
export function createMemoryAdapter() {
  const rows = new Map();
  return class MemoryAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload) {
      rows.set(`${this.model}:${id}`, payload);
    }

    async find(id) {
      return rows.get(`${this.model}:${id}`);
    }
  };
}

/** As small as an adapter on Postgres can be: one table, named statements. */
export async function createPostgresAdapter(url) {
  const pool = new pg.Pool({ connectionString: url, max: 4 * availableParallelism() });
  await pool.query(
    'create table if not exists oidc_payloads (model text, id text, payload jsonb, primary key (model, id))',
  );
  return class PostgresAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload) {
      await pool.query({
        name: 'upsert',
        text: 'insert into oidc_payloads values ($1, $2, $3) on conflict (model, id) do update set payload = $3',
        values: [this.model, id, payload],
      });
    }

    async find(id) {
      const { rows } = await pool.query({
        name: 'find',
        text: 'select payload from oidc_payloads where model = $1 and id = $2',
        values: [this.model, id],
      });
      return rows[0]?.payload;
    }
  };
}
