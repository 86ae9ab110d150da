import { Migration } from '@mikro-orm/migrations';

export class Migration20261122155042_assurance extends Migration {
  override name = 'Migration20261122155042_assurance';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "api_keys" ("id" uuid not null, "owner_kind" text not null, "owner_id" uuid not null, "name" varchar(100) not null, "secret_hash" varchar(64) not null, "scopes" jsonb not null, "created_at" timestamptz(3) not null, "expires_at" timestamptz(3) null, "last_used_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, "revoke_reason" varchar(50) null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "api_keys_expires_at_index" on "api_keys" ("expires_at");`);
    this.addSql(
      `create index "api_keys_created_by_session_id_index" on "api_keys" ("created_by_session_id");`,
    );
    this.addSql(
      `create index "api_keys_owner_kind_owner_id_index" on "api_keys" ("owner_kind", "owner_id");`,
    );

    this.addSql(
      `create table "trusted_devices" ("id" uuid not null, "user_id" uuid not null, "device_hash" varchar(64) not null, "label" varchar(100) not null, "created_at" timestamptz(3) not null, "last_used_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "trusted_devices_expires_at_index" on "trusted_devices" ("expires_at");`);
    this.addSql(
      `create index "trusted_devices_created_by_session_id_index" on "trusted_devices" ("created_by_session_id");`,
    );
    this.addSql(
      `alter table "trusted_devices" add constraint "trusted_devices_user_id_device_hash_unique" unique ("user_id", "device_hash");`,
    );

    this.addSql(
      `create table "totp_factors" ("id" uuid not null, "user_id" uuid not null, "name" varchar(100) not null, "sealed_secret" text not null, "last_step" int null, "confirmed_at" timestamptz(3) null, "created_at" timestamptz(3) not null, "last_used_at" timestamptz(3) null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "totp_factors_user_id_index" on "totp_factors" ("user_id");`);
    this.addSql(
      `create index "totp_factors_created_by_session_id_index" on "totp_factors" ("created_by_session_id");`,
    );

    this.addSql(
      `create table "recovery_codes" ("id" uuid not null, "user_id" uuid not null, "code_hash" varchar(64) not null, "created_at" timestamptz(3) not null, "used_at" timestamptz(3) null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "recovery_codes_user_id_index" on "recovery_codes" ("user_id");`);
    this.addSql(
      `alter table "recovery_codes" add constraint "recovery_codes_code_hash_unique" unique ("code_hash");`,
    );
    this.addSql(
      `create index "recovery_codes_created_by_session_id_index" on "recovery_codes" ("created_by_session_id");`,
    );

    this.addSql(
      `create table "passkeys" ("id" uuid not null, "user_id" uuid not null, "name" varchar(100) not null, "credential_id" varchar(1400) not null, "public_key" text not null, "counter" bigint not null, "transports" jsonb not null, "aaguid" uuid null, "backup_eligible" boolean not null, "user_verified" boolean not null, "created_at" timestamptz(3) not null, "last_used_at" timestamptz(3) null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "passkeys_user_id_index" on "passkeys" ("user_id");`);
    this.addSql(
      `alter table "passkeys" add constraint "passkeys_credential_id_unique" unique ("credential_id");`,
    );
    this.addSql(
      `create index "passkeys_created_by_session_id_index" on "passkeys" ("created_by_session_id");`,
    );

    this.addSql(
      `create table "factor_removals" ("id" uuid not null, "user_id" uuid not null, "asked_by" uuid not null, "asked_by_session_id" uuid null, "reason" varchar(500) not null, "created_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "confirmed_by" uuid null, "confirmed_at" timestamptz(3) null, "withdrawn_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`create index "factor_removals_user_id_index" on "factor_removals" ("user_id");`);

    this.addSql(
      `create table "email_code_factors" ("id" uuid not null, "user_id" uuid not null, "created_at" timestamptz(3) not null, "last_used_at" timestamptz(3) null, "created_by_session_id" uuid null, "created_by_acr" varchar(20) null, "created_by_amr" jsonb null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "email_code_factors" add constraint "email_code_factors_user_id_unique" unique ("user_id");`,
    );
    this.addSql(
      `create index "email_code_factors_created_by_session_id_index" on "email_code_factors" ("created_by_session_id");`,
    );

    // The defaults are for the accounts and sessions that exist already.
    this.addSql(
      `alter table "users" add "factor_kinds" jsonb not null default '[]', add "second_factor_required" boolean not null default false, add "second_factor_deadline" timestamptz(3) null;`,
    );
    this.addSql(
      `alter table "users" alter column "factor_kinds" drop default, alter column "second_factor_required" drop default;`,
    );

    this.addSql(
      `alter table "sessions" add "second_factor_at" timestamptz(3) null, add "place" varchar(100) null, add "flags" jsonb not null default '[]', add "opened_with" jsonb not null default '[]', add "created_by_session_id" uuid null, add "created_by_acr" varchar(20) null, add "created_by_amr" jsonb null;`,
    );
    this.addSql(
      `alter table "sessions" alter column "flags" drop default, alter column "opened_with" drop default;`,
    );
    this.addSql(
      `create index "sessions_created_by_session_id_index" on "sessions" ("created_by_session_id");`,
    );

    this.addSql(
      `alter table "api_keys" add constraint "api_keys_owner_kind_check" check ("owner_kind" in ('user', 'service_account'));`,
    );

    this.addSql(
      `alter table "trusted_devices" add constraint "trusted_devices_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "totp_factors" add constraint "totp_factors_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "recovery_codes" add constraint "recovery_codes_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "passkeys" add constraint "passkeys_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "factor_removals" add constraint "factor_removals_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "email_code_factors" add constraint "email_code_factors_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "api_keys" cascade;`);
    this.addSql(`drop table if exists "trusted_devices" cascade;`);
    this.addSql(`drop table if exists "totp_factors" cascade;`);
    this.addSql(`drop table if exists "recovery_codes" cascade;`);
    this.addSql(`drop table if exists "passkeys" cascade;`);
    this.addSql(`drop table if exists "factor_removals" cascade;`);
    this.addSql(`drop table if exists "email_code_factors" cascade;`);

    this.addSql(`drop index "sessions_created_by_session_id_index";`);
    this.addSql(
      `alter table "sessions" drop column "second_factor_at", drop column "place", drop column "flags", drop column "opened_with", drop column "created_by_session_id", drop column "created_by_acr", drop column "created_by_amr";`,
    );

    this.addSql(
      `alter table "users" drop column "factor_kinds", drop column "second_factor_required", drop column "second_factor_deadline";`,
    );
  }
}
