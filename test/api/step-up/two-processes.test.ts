import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { newPerson, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { databaseUrl } from '../../support/database-template.js';
import { describeNeeding } from '../../support/needs.js';
import {
  actionToken,
  asShown,
  closeShop,
  consumeActionToken,
  introspectAction,
  openShop,
  reauthenticate,
  shopConfig,
  type ShopServices,
  STALE_SECONDS,
} from '../../support/step-up.js';

const INVALID = [403, 'ACTION_TOKEN_INVALID'];
const CALLS = 30;

// Only there can be two processes.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)(
  'with two processes on Postgres',
  () => {
    const clock = new FakeClock();
    let app: TestApp;
    let other: App;
    let services: ShopServices;
    beforeAll(async () => {
      app = await startTestApp({ clock, config: shopConfig });
      other = await startApp(app.services.config, { clock });
      services = await openShop(app);
    });
    afterAll(async () => {
      await other.close();
      await app.close();
    });

    async function consume(url: string, input: object, authorization = services.orders) {
      const answer = await consumeActionToken(new Client(url), input, { authorization });
      return [answer.status, answer.code];
    }

    test('one of many calls at both has the token', async () => {
      const person = await newPerson(app);
      const token = await actionToken(person.client, closeShop);
      const calls = Array.from({ length: CALLS }, async (_, n) => {
        const [status] = await consume(n % 2 === 0 ? app.url : other.url, asShown(person, token));
        return status === 200;
      });
      expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
      expect(await introspectAction(other.url, { token }, services.orders)).toEqual({ active: false });
    });

    test('what is used up or late at one is so at the other, and nothing is good there for anything else', async () => {
      const person = await newPerson(app);
      const stranger = await newPerson(app);
      const used = await actionToken(person.client, closeShop);
      expect(await consume(app.url, asShown(person, used))).toEqual([200, undefined]);
      expect(await consume(other.url, asShown(person, used))).toEqual(INVALID);
      const token = await actionToken(person.client, closeShop);
      expect(await consume(other.url, { ...asShown(person, token), action: 'open_shop' })).toEqual(INVALID);
      expect(await consume(other.url, asShown(person, token), services.bills)).toEqual(INVALID);
      expect(await consume(other.url, asShown(stranger, token))).toEqual(INVALID);
      clock.advance(300);
      expect(await consume(other.url, asShown(person, token))).toEqual(INVALID);
    });

    test('a token ends at both with its session', async () => {
      const person = await newPerson(app);
      const shown = asShown(person, await actionToken(person.client, closeShop));
      await person.client.send('mutation { logout { ok } }');
      expect(await consume(other.url, shown)).toEqual(INVALID);
    });

    test('a proof given at one counts at the other within a second, for the same access token', async () => {
      const person = await newPerson(app);
      const there = new Client(other.url);
      there.accessToken = person.client.accessToken;
      clock.advance(STALE_SECONDS);
      const text = '{ exportMyData { sections { table } } }';
      expect((await there.send(text)).code).toBe('STEP_UP_REQUIRED');
      expect((await reauthenticate(person.client, { password: PASSWORD })).errors).toEqual([]);
      await expect.poll(async () => (await there.send(text)).code, { timeout: 1_000 }).toBeUndefined();
    });
  },
);
