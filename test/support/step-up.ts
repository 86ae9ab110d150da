import type { Answer, Client } from './client.js';

/** Sends `reauthenticate`. */
export async function reauthenticate(
  client: Client,
  input: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await client.send(
    'mutation R($input: ReauthenticateInput!) { reauthenticate(input: $input) { authTime acr amr } }',
    { input },
    headers,
  );
}
