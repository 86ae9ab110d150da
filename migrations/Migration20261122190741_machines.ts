import { Migration } from '@mikro-orm/migrations';

export class Migration20261122190741_machines extends Migration {
  override name = 'Migration20261122190741_machines';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "groups" ("id" uuid not null, "name" varchar(100) not null, "description" varchar(500) not null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`alter table "groups" add constraint "groups_name_unique" unique ("name");`);

    this.addSql(
      `create table "machine_tokens" ("id" uuid not null, "service_account_id" uuid not null, "client_secret_id" uuid not null, "audience" varchar(200) not null, "scopes" jsonb not null, "issued_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "revoked_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(
      `create index "machine_tokens_service_account_id_index" on "machine_tokens" ("service_account_id");`,
    );
    this.addSql(
      `create index "machine_tokens_client_secret_id_index" on "machine_tokens" ("client_secret_id");`,
    );
    this.addSql(`create index "machine_tokens_expires_at_index" on "machine_tokens" ("expires_at");`);

    this.addSql(
      `create table "group_members" ("id" uuid not null, "group_id" uuid not null, "user_id" uuid not null, "granted_by_session_id" uuid null, "granted_by_service_account_id" uuid null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`create index "group_members_user_id_index" on "group_members" ("user_id");`);
    this.addSql(
      `create index "group_members_granted_by_session_id_index" on "group_members" ("granted_by_session_id");`,
    );
    this.addSql(
      `create index "group_members_granted_by_service_account_id_index" on "group_members" ("granted_by_service_account_id");`,
    );
    this.addSql(
      `alter table "group_members" add constraint "group_members_group_id_user_id_unique" unique ("group_id", "user_id");`,
    );

    this.addSql(
      `create table "role_widenings" ("id" uuid not null, "role_id" uuid not null, "permissions" jsonb not null, "granted_by_session_id" uuid null, "granted_by_service_account_id" uuid null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`create index "role_widenings_role_id_index" on "role_widenings" ("role_id");`);
    this.addSql(
      `create index "role_widenings_granted_by_session_id_index" on "role_widenings" ("granted_by_session_id");`,
    );
    this.addSql(
      `create index "role_widenings_granted_by_service_account_id_index" on "role_widenings" ("granted_by_service_account_id");`,
    );

    this.addSql(
      `alter table "api_keys" add "allowed_networks" jsonb not null default '[]', add "rotated_from_id" uuid null, add "created_by_user_id" uuid null, add "created_by_service_account_id" uuid null, add "noticed_days" int null, add "widened_by_session_id" uuid null;`,
    );
    this.addSql(`alter table "api_keys" alter column "allowed_networks" drop default;`);
    this.addSql(`create index "api_keys_created_by_user_id_index" on "api_keys" ("created_by_user_id");`);
    this.addSql(
      `create index "api_keys_created_by_service_account_id_index" on "api_keys" ("created_by_service_account_id");`,
    );
    this.addSql(
      `create index "api_keys_widened_by_session_id_index" on "api_keys" ("widened_by_session_id");`,
    );

    this.addSql(`alter table "roles" add "widened_at" timestamptz(3) null;`);

    this.addSql(`alter table "role_assignments" drop constraint "role_assignments_holder_kind_check";`);
    this.addSql(
      `alter table "role_assignments" add "expires_at" timestamptz(3) null, add "extended_by_session_id" uuid null, add "extended_by_service_account_id" uuid null, add "expires_before" timestamptz(3) null;`,
    );
    this.addSql(
      `create index "role_assignments_extended_by_session_id_index" on "role_assignments" ("extended_by_session_id");`,
    );
    this.addSql(
      `create index "role_assignments_extended_by_service_account_id_index" on "role_assignments" ("extended_by_service_account_id");`,
    );
    this.addSql(`create index "role_assignments_expires_at_index" on "role_assignments" ("expires_at");`);
    this.addSql(
      `alter table "role_assignments" add constraint "role_assignments_holder_kind_check" check ("holder_kind" in ('user', 'service_account', 'group'));`,
    );

    // Who had none of these may ask for no token until somebody says for which audiences.
    this.addSql(
      `alter table "service_accounts" add "allowed_audiences" jsonb not null default '[]', add "scopes" jsonb null, add "token_ttl_seconds" int not null default 3600, add "tokens_not_before" timestamptz(3) null, add "widened_by_session_id" uuid null;`,
    );
    this.addSql(
      `create index "service_accounts_widened_by_session_id_index" on "service_accounts" ("widened_by_session_id");`,
    );
    this.addSql(
      `alter table "service_accounts" alter column "allowed_audiences" drop default, alter column "token_ttl_seconds" drop default;`,
    );

    this.addSql(
      `alter table "client_secrets" add "name" varchar(100) not null default 'first', add "last_used_at" timestamptz(3) null, add "revoke_reason" varchar(50) null, add "rotated_from_id" uuid null, add "created_by_user_id" uuid null, add "created_by_service_account_id" uuid null, add "noticed_days" int null, add "created_by_session_id" uuid null, add "created_by_acr" varchar(20) null, add "created_by_amr" jsonb null;`,
    );
    this.addSql(`alter table "client_secrets" alter column "name" drop default;`);
    this.addSql(`create index "client_secrets_expires_at_index" on "client_secrets" ("expires_at");`);
    this.addSql(
      `create index "client_secrets_created_by_user_id_index" on "client_secrets" ("created_by_user_id");`,
    );
    this.addSql(
      `create index "client_secrets_created_by_service_account_id_index" on "client_secrets" ("created_by_service_account_id");`,
    );
    this.addSql(
      `create index "client_secrets_created_by_session_id_index" on "client_secrets" ("created_by_session_id");`,
    );

    this.addSql(
      `alter table "machine_tokens" add constraint "machine_tokens_service_account_id_foreign" foreign key ("service_account_id") references "service_accounts" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "machine_tokens" add constraint "machine_tokens_client_secret_id_foreign" foreign key ("client_secret_id") references "client_secrets" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "group_members" add constraint "group_members_group_id_foreign" foreign key ("group_id") references "groups" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "group_members" add constraint "group_members_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "role_widenings" add constraint "role_widenings_role_id_foreign" foreign key ("role_id") references "roles" ("id") on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "group_members" drop constraint "group_members_group_id_foreign";`);

    this.addSql(`drop table if exists "groups" cascade;`);
    this.addSql(`drop table if exists "machine_tokens" cascade;`);
    this.addSql(`drop table if exists "group_members" cascade;`);
    this.addSql(`drop table if exists "role_widenings" cascade;`);

    this.addSql(`drop index "api_keys_created_by_user_id_index";`);
    this.addSql(`drop index "api_keys_created_by_service_account_id_index";`);
    this.addSql(`drop index "api_keys_widened_by_session_id_index";`);
    this.addSql(
      `alter table "api_keys" drop column "allowed_networks", drop column "rotated_from_id", drop column "created_by_user_id", drop column "created_by_service_account_id", drop column "noticed_days", drop column "widened_by_session_id";`,
    );

    this.addSql(`drop index "client_secrets_expires_at_index";`);
    this.addSql(`drop index "client_secrets_created_by_user_id_index";`);
    this.addSql(`drop index "client_secrets_created_by_service_account_id_index";`);
    this.addSql(`drop index "client_secrets_created_by_session_id_index";`);
    this.addSql(
      `alter table "client_secrets" drop column "name", drop column "last_used_at", drop column "revoke_reason", drop column "rotated_from_id", drop column "created_by_user_id", drop column "created_by_service_account_id", drop column "noticed_days", drop column "created_by_session_id", drop column "created_by_acr", drop column "created_by_amr";`,
    );

    this.addSql(`alter table "roles" drop column "widened_at";`);

    this.addSql(`drop index "role_assignments_expires_at_index";`);
    this.addSql(`delete from "role_assignments" where "holder_kind" = 'group';`);
    this.addSql(`alter table "role_assignments" drop constraint "role_assignments_holder_kind_check";`);
    this.addSql(`drop index "role_assignments_extended_by_session_id_index";`);
    this.addSql(`drop index "role_assignments_extended_by_service_account_id_index";`);
    this.addSql(
      `alter table "role_assignments" drop column "expires_at", drop column "extended_by_session_id", drop column "extended_by_service_account_id", drop column "expires_before";`,
    );
    this.addSql(
      `alter table "role_assignments" add constraint "role_assignments_holder_kind_check" check ("holder_kind" in ('user', 'service_account'));`,
    );

    this.addSql(`drop index "service_accounts_widened_by_session_id_index";`);
    this.addSql(
      `alter table "service_accounts" drop column "allowed_audiences", drop column "scopes", drop column "token_ttl_seconds", drop column "tokens_not_before", drop column "widened_by_session_id";`,
    );
  }
}
