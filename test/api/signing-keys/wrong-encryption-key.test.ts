import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCore } from '../../../src/app/app.js';
import { Secret } from '../../../src/kernel/secret.js';
import { testConfig } from '../../support/config.js';

test('a start under another encryption key is refused by name, and goes through when the old one is listed', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'latchkey-key-'));
  const database = { kind: 'embedded', directory: join(dataDirectory, 'db') } as const;
  const old = new Secret('the encryption key of the first start 1');
  const other = new Secret('the encryption key of the second start 2');
  const start = async (encryption: Secret, oldEncryption: readonly Secret[]): Promise<void> => {
    const core = await openCore(testConfig({ database, dataDirectory, keys: { encryption, oldEncryption } }));
    await core.close();
  };
  try {
    await start(old, []);
    await expect(start(other, [])).rejects.toThrow(/AUTH_ENCRYPTION_KEY does not open the signing key/);
    await start(other, [old]);
  } finally {
    rmSync(dataDirectory, { recursive: true });
  }
});
