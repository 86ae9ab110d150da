import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { openMail } from '../../src/platform/mail/sealed-mail.js';
import { sql } from './accounts.js';
import type { TestApp } from './app.js';
import { Client } from './client.js';

/** A frontend at an address behind a trusted proxy, with an agent of its own. */
export class PlacedClient extends Client {
  constructor(
    url: string,
    private readonly place: { readonly ip: string; readonly userAgent: string },
  ) {
    super(url);
  }

  override async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.place.ip);
    headers.set('user-agent', this.place.userAgent);
    return await super.fetch(path, { ...init, headers });
  }
}

/** Every row of every table as text, and what Postgres itself writes into a dump when there is one. */
export async function everyRow(app: TestApp): Promise<string> {
  const tables = await sql(
    app,
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  expect(tables.length).toBeGreaterThan(18);
  const rows = await Promise.all(
    tables.map(async ({ name }) => await sql(app, `select t::text as row from "${String(name)}" t`)),
  );
  return `${JSON.stringify(rows)}\n${dump(app)}`;
}

/** What the mails in the outbox say, which are encrypted there. */
export async function mailsInOutbox(app: TestApp): Promise<string> {
  const mails = await sql(app, 'select id, sealed from outgoing_mails where sealed is not null');
  return JSON.stringify(
    mails.map(({ id, sealed }) => openMail(app.services.encryption, String(id), String(sealed))),
  );
}

/** The names of the strings that the text holds: as they are, in base64 at whatever place, or in hexadecimal. */
export function foundIn(text: string, strings: Readonly<Record<string, string>>): string[] {
  const lower = text.toLowerCase();
  return Object.entries(strings)
    .filter(([, string]) => formsOf(string).some((form) => lower.includes(form.toLowerCase())))
    .map(([name]) => name);
}

function formsOf(string: string): string[] {
  const bytes = Buffer.from(string);
  // Three bytes make four characters: what is inside a longer text begins at one of three places in a group.
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const whole = Math.floor((before + bytes.length) / 3) * 4;
    return encoded.slice(before === 0 ? 0 : 4, whole);
  });
  const urlSafe = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [string, bytes.toString('hex'), ...base64, ...urlSafe];
}

function dump({ services }: TestApp): string {
  const { database } = services.config;
  if (database.kind !== 'postgres') return '';
  const { stdout, error } = spawnSync('pg_dump', ['--inserts', '--dbname', database.url.reveal()], {
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  return error ? '' : stdout;
}
