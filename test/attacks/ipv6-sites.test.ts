import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    config: {
      server: { trustedProxies: ['127.0.0.0/8', '::1/128'] },
      rateLimits: { loginsPerMinute: 2, signUpsPerHour: 2, mailRequestsPerHour: 2 },
    },
  });
});
afterAll(async () => await app.close());

const OPERATIONS = {
  'sign-ins': ['mutation ($input: LoginInput!) { login(input: $input) { __typename } }', { password: 'x' }],
  'sign-ups': [
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }',
    { password: PASSWORD },
  ],
  'reset mails': [
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
    {},
  ],
  'verification mails': [
    'mutation ($input: RequestEmailVerificationInput!) { requestEmailVerification(input: $input) { __typename } }',
    {},
  ],
} as const;

test.each(Object.entries(OPERATIONS))(
  'somebody with a whole /48 has as many %s as 16 networks, not 65,536',
  async (kind, [mutation, more]) => {
    // Both kinds of mail are paid from one budget: each has a site of its own.
    const site = `2001:db8:${Object.keys(OPERATIONS).indexOf(kind) + 1}`;
    const codeAt = async (ip: string): Promise<string | undefined> => {
      const input = { email: newAddress(), ...more };
      return (await app.client().send(mutation, { input }, { 'x-forwarded-for': ip })).code;
    };
    const codes: (string | undefined)[] = [];
    for (let i = 0; i < 34; i += 1) codes.push(await codeAt(`${site}:${(i + 1).toString(16)}::1`));
    expect(codes.filter((code) => code !== 'RATE_LIMITED')).toHaveLength(32);
    expect(codes.slice(32)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await codeAt(`2001:db8:ff:${Object.keys(OPERATIONS).indexOf(kind)}::1`)).not.toBe('RATE_LIMITED');
  },
);

test('networks of IPv4 have no site', async () => {
  for (let i = 0; i < 34; i += 1) {
    const answer = await app
      .client()
      .send(
        OPERATIONS['sign-ins'][0],
        { input: { email: newAddress(), password: 'x' } },
        { 'x-forwarded-for': `203.0.${i}.1` },
      );
    expect(answer.code).toBe('INVALID_CREDENTIALS');
  }
});
