import { expect } from 'vitest';
import { BEYOND_KEYS } from '../../../src/features/api-keys/api-keys.contract.js';
import { newPerson, newService, type Person } from '../accounts.js';
import { changed, newDelegate } from '../admins.js';
import { newApiKey } from '../api-keys.js';
import type { TestApp } from '../app.js';
import type { Client } from '../client.js';
import type { FakeClock } from '../clock.js';
import { addSecret, machineToken as machineTokenOf } from '../service-accounts.js';
import { newThings, type Things } from './things.js';
import type { Standing } from './who.js';

/** Somebody who asks for every field. */
export interface Principal extends Standing {
  readonly name: string;
  /** The value of `Authorization`, or null for nobody. */
  readonly authorization: string | null;
}

/** All who ask, and what they ask about. */
export interface Cast {
  readonly app: TestApp;
  /** A client of a system admin whose proof is fresh, for what has to be arranged on the way. */
  readonly admin: Client;
  readonly principals: readonly Principal[];
  /** The things of the principal who owns them. */
  readonly things: Things;
  /** The permissions there are. */
  readonly registry: ReadonlySet<string>;
}

const DAY = 86_400;
/** Longer than AUTH_FRESH_AUTH_SECONDS. */
const STALE = 1_000;
const NONE: ReadonlySet<string> = new Set();

/** Arranges everybody. The clock has to stand still from then on, so that what is fresh stays so. */
export async function arrangeCast(app: TestApp, clock: FakeClock): Promise<Cast> {
  const { registry } = app.services;
  const keyable = [...registry].filter((name) => !BEYOND_KEYS.has(name));

  const keyOwner = await newAdmin(app);
  const expiring = await newApiKey(keyOwner.client, { scopes: keyable, expiresInDays: 1 });
  clock.advance(DAY + 1);

  const staleUser = await newPerson(app);
  const staleAdmin = await newAdmin(app);
  clock.advance(STALE);

  const gone = await newAdmin(app);
  const goneKey = await newApiKey(gone.client, { scopes: keyable });
  const admin = await newAdmin(app);
  const { things, owner } = await newThings(app, clock, await newMachine(app));
  const other = await newPerson(app);
  const wideKey = await newApiKey(admin.client, { scopes: keyable });
  const narrowKey = await newApiKey(admin.client, { scopes: ['users:list'] });
  const lister = await newDelegate(app, await app.adminClient(), ['users:list']);
  const machine = await newService(await app.adminClient(), { roles: ['system_admin'] });
  const machineToken = await machineTokenOf(app.url, machine);
  const narrowToken = await machineTokenOf(app.url, machine, { scope: 'users:list' });
  const server = await newService(await app.adminClient());
  await changed(await app.adminClient(), 'deactivateUser', { userId: gone.id });

  const user = { kind: 'user', permissions: NONE, fresh: true, owns: false } as const;
  const account = { kind: 'service_account', permissions: registry, fresh: false, owns: false } as const;
  const key = { kind: 'api_key', permissions: new Set(keyable), fresh: false, owns: false } as const;
  const dead = { kind: 'nobody', permissions: NONE, fresh: false, owns: false } as const;
  const principals: Principal[] = [
    { name: 'anonymous', ...dead, authorization: null },
    { name: 'user whose proof is old', ...user, fresh: false, authorization: bearer(staleUser) },
    { name: 'other user', ...user, authorization: bearer(other) },
    {
      name: 'user who may list users',
      ...user,
      permissions: new Set(['users:list']),
      authorization: bearer(lister),
    },
    {
      name: 'admin whose proof is old',
      ...user,
      permissions: registry,
      fresh: false,
      authorization: bearer(staleAdmin),
    },
    { name: 'expired key', ...dead, deadBy: 'API_KEY_INVALID', authorization: `Bearer ${expiring.secret}` },
    {
      name: 'session of a deactivated admin',
      ...dead,
      deadBy: 'SESSION_EXPIRED',
      authorization: bearer(gone),
    },
    {
      name: 'key of a deactivated admin',
      ...dead,
      deadBy: 'API_KEY_INVALID',
      authorization: `Bearer ${goneKey.secret}`,
    },
    {
      name: 'narrow key',
      ...key,
      permissions: new Set(['users:list']),
      authorization: `Bearer ${narrowKey.secret}`,
    },
    {
      name: 'resource server',
      ...account,
      permissions: new Set(['tokens:introspect', 'sessions:watch']),
      authorization: server.basic,
    },
    { name: 'wide key', ...key, authorization: `Bearer ${wideKey.secret}` },
    {
      name: 'access token of that service account',
      ...account,
      byToken: true,
      authorization: `Bearer ${machineToken}`,
    },
    {
      name: 'narrow access token of it',
      ...account,
      byToken: true,
      permissions: new Set(['users:list']),
      authorization: `Bearer ${narrowToken}`,
    },
    { name: 'service account that may do everything', ...account, authorization: machine.basic },
    { name: 'admin', ...user, permissions: registry, authorization: bearer(admin) },
    { name: 'owner', ...user, owns: true, authorization: bearer(owner) },
  ];
  return { app, admin: await app.adminClient(), principals, things, registry };
}

/** Somebody with a fresh proof who holds these permissions and no others. */
export async function holderOf(cast: Cast, name: string, permissions: readonly string[]): Promise<Principal> {
  const person = await newDelegate(cast.app, cast.admin, permissions);
  const standing = { kind: 'user', fresh: true, owns: false, permissions: new Set(permissions) } as const;
  return { name, ...standing, authorization: bearer(person) };
}

/** A service account that may little, with a secret beside its first. */
async function newMachine(app: TestApp) {
  const client = await app.adminClient();
  const { clientId: serviceAccountId } = await newService(client);
  const { id: clientSecretId } = await addSecret(client, serviceAccountId);
  return { serviceAccountId, clientSecretId };
}

async function newAdmin(app: TestApp): Promise<Person> {
  const person = await newPerson(app);
  await changed(await app.adminClient(), 'assignRole', { userId: person.id, role: 'system_admin' });
  return person;
}

function bearer({ client }: { readonly client: Pick<Client, 'accessToken'> }): string {
  expect(client.accessToken).toBeDefined();
  return `Bearer ${client.accessToken}`;
}
