import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { anotherDevice, newPerson } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { databaseUrl } from '../../support/database-template.js';
import { describeNeeding } from '../../support/needs.js';
import { isAlive, plant, revokeEverythingFrom, sessionOf, signInByTotp } from '../../support/lineage.js';
import { addTotp } from '../../support/second-factors.js';

// Only there can be two processes.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)(
  'with two processes on Postgres',
  () => {
    const clock = new FakeClock();
    let app: TestApp;
    let other: App;
    beforeAll(async () => {
      app = await startTestApp({ clock });
      other = await startApp(app.services.config, { clock });
    });
    afterAll(async () => {
      await other.close();
      await app.close();
    });

    /** The same device, asking the other process. */
    function elsewhere({ accessToken }: Client): Client {
      const client = new Client(other.url);
      client.accessToken = accessToken;
      return client;
    }

    test('what was planted is dead in the other, which had it in memory', async () => {
      const owner = await newPerson(app);
      const totp = await addTotp(owner.client, { time: clock });
      const thief = await signInByTotp(app, { email: owner.email, totp, clock });
      const { apiKey } = await plant(thief, clock);
      const works = async () =>
        (await new Client(other.url).send('{ viewer { kind } }', {}, { 'x-api-key': apiKey })).errors
          .length === 0;
      expect([await isAlive(elsewhere(thief)), await works()]).toEqual([true, true]);
      expect((await revokeEverythingFrom(owner.client, sessionOf(thief))).errors).toEqual([]);
      await expect.poll(async () => [await isAlive(elsewhere(thief)), await works()]).toEqual([false, false]);
      expect(await isAlive(elsewhere(owner.client))).toBe(true);
    });

    test('a session that lacks a factor which was added in one ends in the other', async () => {
      const person = await newPerson(app);
      const phone = elsewhere(await anotherDevice(app, person));
      expect(await isAlive(phone)).toBe(true);
      await addTotp(person.client, { time: clock });
      await expect.poll(async () => await isAlive(phone)).toBe(false);
      const asked = await elsewhere(person.client).send('{ viewer { assurance { acr } } }');
      expect(asked.data?.['viewer'].assurance.acr).toBe('aal2');
    });
  },
);
