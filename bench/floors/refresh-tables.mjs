import pg from 'pg';

/**
 * The tables of the refresh loops: sessions and refresh tokens with nothing but what a rotation needs. Tokens
 * are stored by their hash like ours.
 */
export async function createTables(url, rows) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      create table floor_tokens (
        id uuid primary key default gen_random_uuid(), session_id uuid not null, token_hash text not null unique,
        issued_at timestamptz not null default now(), expires_at timestamptz not null, rotated_at timestamptz
      );
      create index on floor_tokens (session_id)`);
    await client.query(
      `insert into floor_tokens (session_id, token_hash, expires_at)
       select gen_random_uuid(), encode(sha256(i::text::bytea), 'hex'), now() + interval '7 days'
       from generate_series(1, $1) i`,
      [rows],
    );
    await client.query('vacuum analyze floor_tokens');
  } finally {
    await client.end();
  }
}
