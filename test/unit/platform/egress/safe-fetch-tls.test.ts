import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, it } from 'vitest';
import { AddressPolicy } from '../../../../src/platform/egress/address-policy.js';
import { createSafeFetch } from '../../../../src/platform/egress/safe-fetch.js';

const policy = new AddressPolicy(['127.0.0.2']);
const safeFetch = createSafeFetch({ policy, timeoutMs: 500, resolve: async () => ['127.0.0.2'] });

it('a certificate nobody vouches for is worth nothing', async () => {
  const server = new SMTPServer({ secure: true });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.2', resolve));
  const { port } = server.server.address() as AddressInfo;
  const error: unknown = await safeFetch(`https://api.test:${port}/`).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    reason: 'unreachable',
    cause: { code: expect.stringMatching(/CERT|SIGN/) },
  });
  server.close();
});
