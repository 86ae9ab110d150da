// The limits of the runtime and of the framework: constant answers. Argument: which one.
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { serveParent } from '../processes/serve.mjs';

const BODY = JSON.stringify({ ok: true, filler: 'x'.repeat(178) });
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

const floors = {
  /** A of performance.md: a bare GET of 200 bytes. */
  'http-get': () => listenHttp((_request, response) => response.writeHead(200, HEADERS).end(BODY)),
  'http-form': () =>
    listenHttp((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        Buffer.concat(chunks).toString();
        response.writeHead(200, HEADERS).end(BODY);
      });
    }),
  /** B of performance.md: Fastify reads a form and answers a constant. */
  'fastify-form': () =>
    listenFastify((server) => {
      const asText = { parseAs: 'string' };
      server.addContentTypeParser('application/x-www-form-urlencoded', asText, (_request, body, done) =>
        done(null, body),
      );
    }),
  'fastify-json': () => listenFastify(() => {}),
};

const port = await floors[process.argv[2]]();
serveParent({ port: () => port });

function listenHttp(handler) {
  const server = createServer(handler);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function listenFastify(prepare) {
  const server = Fastify();
  prepare(server);
  server.post('/', (_request, reply) => {
    reply.type('application/json').send(BODY);
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return server.server.address().port;
}
