import type { App } from './app.js';

/** What the operator reads after a start: where everything is, the first query, and a new password, once. */
export function banner({ url, services, seededAdmin }: App): string {
  const { config } = services;
  const base =
    config.environment === 'production' ? config.server.publicUrl : url.replace('127.0.0.1', 'localhost');
  const lines = [
    '',
    `  Latchkey is ready (${config.database.kind === 'embedded' ? 'embedded database' : 'PostgreSQL'}).`,
    '',
    `  Console   ${base}/console/`,
    `  GraphQL   ${base}/graphql`,
    `  JWKS      ${base}/.well-known/jwks.json`,
    ...(config.mail.kind === 'dev-mailbox' ? [`  Mailbox   ${base}/dev/mailbox`] : []),
    '',
    ...adminLines(seededAdmin),
    '  Sign in to the console and run the query that is there, or:  { viewer { email roles permissions } }',
    '  No admin, or the password lost?  npx latchkey create-admin --email ADDRESS',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function adminLines(admin: App['seededAdmin']): string[] {
  if (!admin) return [];
  if (admin.generatedPassword === null) return [`  Created the system admin ${admin.email}.`, ''];
  return [
    '  Created the system admin. The password is shown this once:',
    `    e-mail    ${admin.email}`,
    `    password  ${admin.generatedPassword}`,
    '',
  ];
}
