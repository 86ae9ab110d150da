// The peer: better-auth on node:sqlite in memory, the fastest of its adapters here, with its own defaults but for rate
// limits, which are off, and hashing, which is kept out of the seed. It answers `GET /api/auth/get-session` for session
// cookies, each time from its database, and `POST /verify` with `verifyApiKey`, which counts every use. Arguments: how
// many sessions and keys, the files to write the cookies and the keys to.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { serveParent } from '../processes/serve.mjs';

const [count, cookieFile, keyFile] = process.argv.slice(2);
const password = randomBytes(18).toString('base64url');

const options = {
  baseURL: 'http://127.0.0.1',
  secret: randomBytes(32).toString('base64url'),
  database: new DatabaseSync(':memory:'),
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  emailAndPassword: {
    enabled: true,
    password: { hash: async (text) => text, verify: async ({ hash, password: text }) => hash === text },
  },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const handle = toNodeHandler(auth);

const server = createServer((request, response) => {
  if (request.url === '/verify') void verify(request, response);
  else void handle(request, response);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const [cookies, keys] = [[], []];
for (let i = 0; i < Number(count); i += 1) {
  const body = { email: `user${i}@bench.example`, password, name: `User ${i}` };
  const { headers, response } = await auth.api.signUpEmail({ body, returnHeaders: true });
  cookies.push(
    headers
      .getSetCookie()
      .map((cookie) => cookie.split(';', 1)[0])
      .join('; '),
  );
  keys.push((await auth.api.createApiKey({ body: { userId: response.user.id } })).key);
}
await writeFile(cookieFile, cookies.join('\n'));
await writeFile(keyFile, keys.join('\n'));
serveParent({ port: () => server.address().port });

async function verify(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { key } = JSON.parse(Buffer.concat(chunks).toString());
  const text = JSON.stringify(await auth.api.verifyApiKey({ body: { key } }));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
