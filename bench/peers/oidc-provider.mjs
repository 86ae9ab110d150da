// The peer: panva/node-oidc-provider, introspecting access tokens of the client credentials grant. Arguments:
// `memory` or `postgres` (one table, named statements), how many tokens, the file to write them to.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { serveParent } from '../processes/serve.mjs';
import { createMemoryAdapter, createPostgresAdapter } from './oidc-adapters.mjs';

const [store, count, file] = process.argv.slice(2);
const client = {
  client_id: 'bench',
  client_secret: 'bench-secret-bench-secret-bench-secret',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
};
const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`;

const adapter =
  store === 'memory' ? createMemoryAdapter() : await createPostgresAdapter(process.env.DATABASE_URL);
const provider = new Provider('http://localhost', {
  adapter,
  clients: [client],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 3600 },
});
const server = createServer(provider.callback());
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();

const tokens = [];
for (let i = 0; i < Number(count); i += 1) tokens.push(await issueToken());
await writeFile(file, tokens.join('\n'));
serveParent({ port: () => port });

async function issueToken() {
  const response = await fetch(`http://127.0.0.1:${port}/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  return (await response.json()).access_token;
}
