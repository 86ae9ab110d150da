// G10's floor: Apollo Server 5 as it comes, with the caller in the context, answering the same `viewer` query
// from memory. Arguments: the folder of the fixture, the public key.
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import Fastify from 'fastify';
import { serveParent } from '../processes/serve.mjs';
import { readFixture } from './fixture.mjs';
import { createCachedVerifier } from './token-check.mjs';

const [folder, jwkText] = process.argv.slice(2);
const { algorithm, sessionIds, users, roles, permissions } = readFixture(folder);
const read = createCachedVerifier({ jwk: JSON.parse(jwkText), algorithm });
const emails = new Map(users.map(({ id, email }) => [id, email]));

const typeDefs = `
  type Query { viewer: Viewer! }
  type Viewer { kind: String! id: String! email: String roles: [String!]! permissions: [String!]! }`;
const resolvers = {
  Query: {
    viewer: (_parent, _args, { userId }) => {
      if (userId === null) throw new Error('UNAUTHENTICATED');
      return { kind: 'user', id: userId, email: emails.get(userId), roles, permissions };
    },
  },
};
const apollo = new ApolloServer({
  typeDefs,
  resolvers,
  stopOnTerminationSignals: false,
  plugins: [ApolloServerPluginLandingPageDisabled()],
});
await apollo.start();

const server = Fastify();
server.post('/', async (request, reply) => {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, search: '', body: request.body },
    context: async () => ({ userId: userOf(request.headers.authorization ?? '') }),
  });
  for (const [name, value] of answer.headers) reply.header(name, value);
  return reply.code(answer.status ?? 200).send(answer.body.string);
});
await server.listen({ host: '127.0.0.1', port: 0 });
serveParent({ port: () => server.server.address().port });

function userOf(authorization) {
  const claims = read(authorization.slice('Bearer '.length));
  return claims !== null && sessionIds.has(claims.sid) ? claims.sub : null;
}
