import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Query, Resolver, Subscription } from 'type-graphql';
import { allFeatures } from '../../src/app/features.js';
import { Allow, anyone, can, fresh } from '../../src/graphql/allow.js';
import { buildPlainSchema } from '../../src/graphql/build-schema.js';
import { EventStreams } from '../../src/platform/events/event-streams.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { expectations } from '../support/authorization-matrix/expectations.js';
import { MatrixRun, uncovered } from '../support/authorization-matrix/matrix.js';
import { arrangeCast, type Cast } from '../support/authorization-matrix/principals.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';

/** Fields as somebody adds them in a hurry; the application of this test has them beside its own. */
@Resolver()
class PlantedResolver {
  @Allow(anyone)
  @Query(() => String)
  plantedOpen(): string {
    return 'leaked';
  }

  @Allow(can('users:list'))
  @Query(() => String)
  plantedByAnotherPermission(): string {
    return 'leaked';
  }

  @Allow(can('users:read'))
  @Query(() => String)
  plantedStale(): string {
    return 'leaked';
  }

  @Allow(fresh())
  @Query(() => String)
  plantedShut(): string {
    return 'leaked';
  }

  @Query(() => String)
  plantedUnruled(): string {
    return 'leaked';
  }

  @Allow(anyone)
  @Subscription(() => String, { topics: 'planted' })
  plantedStream(): string {
    return 'leaked';
  }
}

const features = [
  ...allFeatures,
  {
    name: 'planted',
    needs: [],
    entities: [],
    resolvers: [PlantedResolver],
    routes: [],
    jobs: [],
    errors: [],
    events: [],
    permissions: {},
  },
];
const clock = new FakeClock();
let app: TestApp;
let cast: Cast;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    features,
    config: { rateLimits: generousLimits, tokens: { accessTtlSeconds: 86_400 } },
  });
  cast = await arrangeCast(app, clock);
});
afterAll(() => app.close());

test('every field of Query, Mutation and Subscription, and every other field with a rule, has a row: 0 uncovered', () => {
  expect(uncovered({ schema: schemaOf(allFeatures), expectations })).toEqual([]);
});

describe('what is planted', () => {
  const schema = schemaOf(features);

  test('a new field without a row is named, with a rule or without, and a row without a field as well', () => {
    const named = uncovered({ schema, expectations: { ...expectations, 'Query.gone': 'public' } });
    expect(named.filter((each) => /planted|gone/.test(each))).toEqual([
      'Query.plantedOpen has no row',
      'Query.plantedByAnotherPermission has no row',
      'Query.plantedStale has no row',
      'Query.plantedShut has no row',
      'Query.plantedUnruled has no row',
      'Subscription.plantedStream has no row',
      'Query.gone has no field',
    ]);
  });

  test('a field with another rule than its row is named with each who gets something else', async () => {
    const planted = {
      'Query.plantedOpen': 'authenticated',
      'Query.plantedByAnotherPermission': 'users:read',
      'Query.plantedStale': 'users:read + fresh',
      'Query.plantedShut': 'user',
      'Query.plantedUnruled': 'public',
    };
    const run = new MatrixRun(cast, { schema, expectations: planted });
    await run.run();
    expect(run.findings.filter((each) => each.startsWith('Query.plantedOpen'))).toEqual([
      'Query.plantedOpen × anonymous: UNAUTHENTICATED was promised, passed came',
      'Query.plantedOpen × expired key: API_KEY_INVALID was promised, passed came',
      'Query.plantedOpen × session of a deactivated admin: SESSION_EXPIRED was promised, passed came',
      'Query.plantedOpen × key of a deactivated admin: API_KEY_INVALID was promised, passed came',
    ]);
    expect(run.findings).toEqual(
      expect.arrayContaining([
        'Query.plantedByAnotherPermission × narrow key: FORBIDDEN was promised, passed came',
        'Query.plantedByAnotherPermission × holder of users:read alone: passed was promised, FORBIDDEN came',
        'Query.plantedByAnotherPermission × holder of all but users:read: FORBIDDEN was promised, passed came',
        'Query.plantedStale × admin whose proof is old: STEP_UP_REQUIRED was promised, passed came',
        'Query.plantedStale × wide key: FORBIDDEN was promised, passed came',
        'Query.plantedShut × user whose proof is old: passed was promised, STEP_UP_REQUIRED came',
        'Query.plantedUnruled × admin: passed was promised, FORBIDDEN came',
      ]),
    );
  });
});

// The last of all: it signs everybody out in the end.
test('everybody gets of every field exactly what the table promises', { timeout: 240_000 }, async () => {
  const run = new MatrixRun(cast, { schema: schemaOf(allFeatures), expectations });
  await run.run();
  expect(run.findings).toEqual([]);
  expect(run.cells).toBeGreaterThan(1_200);
});

function schemaOf(mounted: typeof allFeatures) {
  const resolvers = mounted.flatMap((feature) => feature.resolvers);
  return buildPlainSchema(resolvers, {}, Object.create(EventStreams.prototype) as EventStreams);
}
