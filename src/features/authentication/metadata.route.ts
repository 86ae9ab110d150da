import type { FastifyInstance } from 'fastify';

/** `GET /.well-known/oauth-authorization-server` (RFC 8414): where the endpoints are and what they speak. */
export const metadataRoute =
  ({ issuer, publicUrl }: { issuer: string; publicUrl: string }) =>
  (server: FastifyInstance) => {
    const clientAuthentication = ['client_secret_basic', 'client_secret_post'];
    const metadata = {
      issuer,
      jwks_uri: `${publicUrl}/.well-known/jwks.json`,
      token_endpoint: `${publicUrl}/oauth/token`,
      token_endpoint_auth_methods_supported: clientAuthentication,
      introspection_endpoint: `${publicUrl}/auth/introspect`,
      introspection_endpoint_auth_methods_supported: clientAuthentication,
      revocation_endpoint: `${publicUrl}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: clientAuthentication,
      grant_types_supported: ['client_credentials'],
      // There is no authorization endpoint; the list is required all the same, and empty.
      response_types_supported: [],
    };
    server.get('/.well-known/oauth-authorization-server', async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').send(metadata),
    );
  };
