import { systemCaller } from '../kernel/caller.js';
import { randomToken } from '../platform/crypto/random.js';
import { type Command, say, UsageError, withServices } from './command.js';
import { createAdmin } from './seed-system-admin.js';

/** What makes accounts, one at a time. */
export const accountCommands = {
  'create-admin': {
    usage: 'create-admin --email ADDRESS',
    about:
      'Creates a system admin. The password is read from AUTH_SYSTEM_ADMIN_PASSWORD, or made and shown once.',
    run: async ({ email }) => {
      if (email === undefined) throw new UsageError('create-admin needs --email ADDRESS.');
      await withServices(async (services) => {
        const chosen = services.config.systemAdmin.password?.reveal();
        const password = chosen ?? randomToken(18);
        await createAdmin(services, email, password);
        say(chosen === undefined ? `e-mail    ${email}\npassword  ${password}` : `Created ${email}.`);
      }, false);
    },
  },
  'create-service-account': {
    usage: 'create-service-account --name NAME [--audience AUD ...] [--role ROLE ...]',
    about: 'Creates a service account; its client secret is shown once. Role: resource_server by default.',
    run: async ({ name, audience, role }) => {
      if (name === undefined) throw new UsageError('create-service-account needs --name NAME.');
      await withServices(async ({ serviceAccounts, ownAudience }) => {
        const { serviceAccount, clientSecret } = await serviceAccounts.create(systemCaller('cli'), {
          name,
          description: '',
          audiences: audience ?? [ownAudience],
          roles: role ?? ['resource_server'],
        });
        say(`client_id      ${serviceAccount.id}\nclient_secret  ${clientSecret}`);
      });
    },
  },
} as const satisfies Readonly<Record<string, Command>>;
