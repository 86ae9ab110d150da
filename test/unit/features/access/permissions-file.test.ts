import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPermissions } from '../../../../src/features/access/permissions-file.js';
import type { PermissionCatalogue } from '../../../../src/kernel/permission.js';
import { ConfigError } from '../../../../src/platform/config/problem.js';

const ours: readonly PermissionCatalogue[] = [
  { 'users:list': 'List users.' },
  { 'audit:read': 'Read the trail.' },
];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'permissions-'));
});
afterAll(async () => await rm(directory, { recursive: true }));

async function load(text: string) {
  const path = join(directory, 'permissions.json');
  await writeFile(path, text);
  return await loadPermissions(path, ours);
}

async function problemOf(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('It was accepted.');
  return error.message;
}

test('without a file there are the permissions of the product, by their names', async () => {
  expect(await loadPermissions(null, ours)).toEqual([
    { name: 'audit:read', description: 'Read the trail.', builtIn: true },
    { name: 'users:list', description: 'List users.', builtIn: true },
  ]);
});

test('those of a file come to them', async () => {
  const text = JSON.stringify([{ name: 'orders:mark_paid', description: 'Mark orders as paid.' }]);
  expect(await load(text)).toContainEqual({
    name: 'orders:mark_paid',
    description: 'Mark orders as paid.',
    builtIn: false,
  });
  expect(await load('[]')).toHaveLength(2);
});

const one = (name: unknown, description: unknown = 'It does.') => JSON.stringify([{ name, description }]);

test.each([
  ['no JSON', '{'],
  ['no list', '{}'],
  ['a star', one('*')],
  ['a star for a resource', one('orders:*')],
  ['capitals', one('Orders:refund')],
  ['no action', one('orders')],
  ['two colons', one('orders:refund:all')],
  ['a space', one('orders: refund')],
  ['no text for a name', one(7)],
  ['a name that is too long', one(`${'o'.repeat(100)}:refund`)],
  ['no description', one('orders:refund', '  ')],
  ['a field too many', JSON.stringify([{ name: 'orders:refund', description: 'x', roles: ['*'] }])],
  ['one of ours', one('users:list')],
  [
    'the same one twice',
    JSON.stringify([
      { name: 'orders:refund', description: 'x' },
      { name: 'orders:refund', description: 'y' },
    ]),
  ],
])('a file with %s is refused by the name of the setting', async (_what, text) => {
  const problem = await problemOf(load(text));
  expect(problem).toContain('AUTH_PERMISSIONS_FILE');
  // The file may hold anything, if the setting names the wrong one.
  expect(problem).not.toContain('It does.');
});

test('a file that is not there is refused, and its path is not told', async () => {
  const problem = await problemOf(loadPermissions(join(directory, 'nowhere.json'), ours));
  expect(problem).toContain('AUTH_PERMISSIONS_FILE');
  expect(problem).not.toContain(directory);
});
