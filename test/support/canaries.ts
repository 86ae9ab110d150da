import { expect } from 'vitest';
import type { App } from '../../src/app/app.js';

/** Secrets by what they are. */
export type Canaries = Readonly<Record<string, string>>;

/** Every row of every table as text. */
export async function everyRow({ services }: App): Promise<string> {
  const em = services.em.fork();
  const tables: { name: string }[] = await em.execute(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  expect(tables.length).toBeGreaterThan(15);
  const rows = await Promise.all(
    tables.map(({ name }) => em.fork().execute(`select t::text as row from "${name}" t`)),
  );
  return JSON.stringify(rows);
}

/** Which canaries the text holds, as they are or in a common encoding. */
export function foundIn(text: string, canaries: Canaries): string[] {
  const lower = text.toLowerCase();
  return Object.entries(canaries)
    .filter(([, secret]) => {
      expect(secret.length).toBeGreaterThan(20);
      const bytes = Buffer.from(secret);
      // Cut to whole groups, so that it is found inside a longer encoded text as well.
      const base64 = bytes.toString('base64').slice(0, Math.floor(bytes.length / 3) * 4);
      const forms = [secret, base64, base64.replaceAll('+', '-').replaceAll('/', '_'), bytes.toString('hex')];
      return forms.some((form) => lower.includes(form.toLowerCase()));
    })
    .map(([name]) => name);
}
