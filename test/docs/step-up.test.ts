import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { fencedBlocks } from '../support/fenced-block.js';
import { detailsOf, shopConfig, STALE_SECONDS } from '../support/step-up.js';

type Send = (query: string, variables?: object) => Promise<unknown>;
type Ask = (methods: unknown) => Promise<object | null>;

const [example = '', ...others] = fencedBlocks('docs/guides/step-up.md', 'js');

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: shopConfig });
});
afterAll(() => app.close());

test('the guide’s function asks for a proof and sends again, or gives up as the person does', async () => {
  expect(others).toEqual([]);
  const module = `data:text/javascript,${encodeURIComponent(example)}`;
  const { withStepUp } = (await import(module)) as {
    withStepUp: (send: Send, ask: Ask, query: string) => Promise<{ data?: unknown; errors?: unknown[] }>;
  };
  const { client } = await newPerson(app);
  const send: Send = async (query, variables) => {
    const { data, errors } = await client.send(query, variables);
    return errors.length > 0 ? { data, errors } : { data };
  };
  clock.advance(STALE_SECONDS);
  const query = '{ exportMyData { sections { table } } }';
  const givenUp = await withStepUp(send, async () => null, query);
  expect(givenUp.errors).toHaveLength(1);
  const asked: unknown[] = [];
  const ask: Ask = async (methods) => {
    asked.push(methods);
    return { password: PASSWORD };
  };
  expect((await withStepUp(send, ask, query)).errors).toBeUndefined();
  expect(asked).toEqual([[{ method: 'PASSWORD' }]]);
  expect(detailsOf(await client.send(query))).toBeUndefined();
});
