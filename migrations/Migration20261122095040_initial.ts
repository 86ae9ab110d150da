import { Migration } from '@mikro-orm/migrations';

export class Migration20261122095040_initial extends Migration {
  override name = 'Migration20261122095040_initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "audiences" ("id" uuid not null, "identifier" varchar(200) not null, "description" varchar(500) not null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "audiences" add constraint "audiences_identifier_unique" unique ("identifier");`,
    );

    this.addSql(
      `create table "audit_events" ("sequence" bigint not null, "id" uuid not null, "name" varchar(100) not null, "occurred_at" timestamptz(3) not null, "actor_kind" varchar(30) not null, "actor_id" uuid null, "actor_session_id" uuid null, "subject_type" varchar(50) not null, "subject_id" varchar(100) not null, "user_id" uuid null, "payload" jsonb not null, "personal_digest" varchar(64) not null, "key_id" varchar(16) not null, "previous_hash" varchar(64) not null, "hash" varchar(64) not null, primary key ("sequence"));`,
    );
    this.addSql(`alter table "audit_events" add constraint "audit_events_id_unique" unique ("id");`);
    this.addSql(
      `create index "audit_events_user_id_sequence_index" on "audit_events" ("user_id", "sequence");`,
    );
    this.addSql(`create index "audit_events_name_sequence_index" on "audit_events" ("name", "sequence");`);
    this.addSql(
      `create index "audit_events_subject_id_sequence_index" on "audit_events" ("subject_id", "sequence");`,
    );

    this.addSql(
      `create table "audit_head" ("id" int not null, "sequence" bigint not null, "hash" varchar(64) not null, primary key ("id"));`,
    );

    this.addSql(
      `create table "audit_personal" ("event_id" uuid not null, "user_id" uuid null, "salt" varchar(50) not null, "facts" jsonb not null, primary key ("event_id"));`,
    );
    this.addSql(`create index "audit_personal_user_id_index" on "audit_personal" ("user_id");`);

    this.addSql(
      `create table "challenges" ("id" uuid not null, "purpose" varchar(50) not null, "form" varchar(5) not null, "subject" varchar(200) null, "slot" varchar(255) null, "secret_hash" varchar(64) not null, "attempts" int not null, "max_attempts" int not null, "data" jsonb not null, "expires_at" timestamptz(3) not null, "consumed_at" timestamptz(3) null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`alter table "challenges" add constraint "challenges_slot_unique" unique ("slot");`);
    this.addSql(
      `alter table "challenges" add constraint "challenges_secret_hash_unique" unique ("secret_hash");`,
    );
    this.addSql(`create index "challenges_subject_purpose_index" on "challenges" ("subject", "purpose");`);
    this.addSql(`create index "challenges_expires_at_index" on "challenges" ("expires_at");`);

    this.addSql(
      `create table "cron_run" ("key" varchar(255) not null, "started_at" timestamptz(3) not null, "completed_at" timestamptz(3) null, primary key ("key"));`,
    );
    this.addSql(`create index "cron_run_started_at_index" on "cron_run" ("started_at");`);

    this.addSql(
      `create table "failure_counters" ("key" varchar(150) not null, "account" varchar(64) null, "failures" int not null, "pending" int not null, "prior" int not null, "rights" int not null, "first_failure_at" timestamptz(3) not null, "last_failure_at" timestamptz(3) not null, "last_success_at" timestamptz(3) null, primary key ("key"));`,
    );
    this.addSql(`create index "failure_counters_account_index" on "failure_counters" ("account");`);

    this.addSql(
      `create table "event_log" ("position" bigserial primary key, "id" uuid not null, "name" varchar(100) not null, "subject_type" varchar(50) not null, "subject_id" varchar(100) not null, "user_id" uuid null, "payload" jsonb not null, "occurred_at" timestamptz(3) not null);`,
    );
    this.addSql(`alter table "event_log" add constraint "event_log_id_unique" unique ("id");`);
    this.addSql(`create index "event_log_occurred_at_index" on "event_log" ("occurred_at");`);

    this.addSql(
      `create table "rate_limit" ("key" varchar(255) not null, "points" int not null default 0, "expire" bigint null, primary key ("key"));`,
    );
    this.addSql(`create index "rate_limit_expire_index" on "rate_limit" ("expire");`);

    this.addSql(
      `create table "roles" ("id" uuid not null, "name" varchar(100) not null, "description" varchar(500) not null, "permissions" jsonb not null, "built_in" boolean not null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`alter table "roles" add constraint "roles_name_unique" unique ("name");`);

    this.addSql(
      `create table "role_assignments" ("id" uuid not null, "holder_kind" text not null, "holder_id" uuid not null, "role_id" uuid not null, "granted_by_session_id" uuid null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "role_assignments" add constraint "role_assignments_holder_kind_holder_id_role_id_unique" unique ("holder_kind", "holder_id", "role_id");`,
    );

    this.addSql(
      `create table "service_accounts" ("id" uuid not null, "name" varchar(100) not null, "description" varchar(500) not null, "enabled" boolean not null, "audiences" jsonb not null, "created_by_session_id" uuid null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "service_accounts" add constraint "service_accounts_name_unique" unique ("name");`,
    );

    this.addSql(
      `create table "client_secrets" ("id" uuid not null, "service_account_id" uuid not null, "secret_hash" varchar(64) not null, "created_at" timestamptz(3) not null, "expires_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(
      `create index "client_secrets_service_account_id_index" on "client_secrets" ("service_account_id");`,
    );
    this.addSql(
      `alter table "client_secrets" add constraint "client_secrets_secret_hash_unique" unique ("secret_hash");`,
    );

    this.addSql(
      `create table "signing_keys" ("id" uuid not null, "algorithm" text not null, "status" text not null, "public_jwk" jsonb not null, "private_jwk_sealed" text not null, "created_at" timestamptz(3) not null, "activated_at" timestamptz(3) null, "expires_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(
      `create unique index signing_keys_one_active on signing_keys (status) where status in ('active', 'next');`,
    );

    this.addSql(
      `create table "users" ("id" uuid not null, "email" varchar(254) not null, "email_verified_at" timestamptz(3) null, "display_name" varchar(200) null, "status" text not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`alter table "users" add constraint "users_email_unique" unique ("email");`);

    this.addSql(
      `create table "sessions" ("id" uuid not null, "user_id" uuid not null, "method" varchar(50) not null, "auth_time" timestamptz(3) not null, "amr" jsonb not null, "acr" varchar(20) not null, "device_label" varchar(100) not null, "user_agent" varchar(500) null, "ip" varchar(45) null, "created_at" timestamptz(3) not null, "last_seen_at" timestamptz(3) not null, "idle_expires_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "revoked_at" timestamptz(3) null, "revoke_reason" varchar(50) null, primary key ("id"));`,
    );
    this.addSql(`create index "sessions_user_id_index" on "sessions" ("user_id");`);
    this.addSql(`create index "sessions_expires_at_index" on "sessions" ("expires_at");`);

    this.addSql(
      `create table "refresh_tokens" ("id" uuid not null, "session_id" uuid not null, "token_hash" varchar(64) not null, "issued_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "rotated_at" timestamptz(3) null, "successor_salt" varchar(80) null, primary key ("id"));`,
    );
    this.addSql(`create index "refresh_tokens_session_id_index" on "refresh_tokens" ("session_id");`);
    this.addSql(
      `alter table "refresh_tokens" add constraint "refresh_tokens_token_hash_unique" unique ("token_hash");`,
    );

    this.addSql(
      `create table "passwords" ("user_id" uuid not null, "hash" varchar(300) not null, "changed_at" timestamptz(3) not null, primary key ("user_id"));`,
    );

    this.addSql(
      `alter table "role_assignments" add constraint "role_assignments_role_id_foreign" foreign key ("role_id") references "roles" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "role_assignments" add constraint "role_assignments_holder_kind_check" check ("holder_kind" in ('user', 'service_account'));`,
    );

    this.addSql(
      `alter table "client_secrets" add constraint "client_secrets_service_account_id_foreign" foreign key ("service_account_id") references "service_accounts" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "signing_keys" add constraint "signing_keys_algorithm_check" check ("algorithm" in ('ES256', 'RS256', 'EdDSA'));`,
    );
    this.addSql(
      `alter table "signing_keys" add constraint "signing_keys_status_check" check ("status" in ('next', 'active', 'retiring'));`,
    );

    this.addSql(
      `alter table "users" add constraint "users_status_check" check ("status" in ('active', 'deactivated'));`,
    );

    this.addSql(
      `alter table "sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "refresh_tokens" add constraint "refresh_tokens_session_id_foreign" foreign key ("session_id") references "sessions" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "passwords" add constraint "passwords_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "role_assignments" drop constraint "role_assignments_role_id_foreign";`);
    this.addSql(`alter table "client_secrets" drop constraint "client_secrets_service_account_id_foreign";`);
    this.addSql(`alter table "sessions" drop constraint "sessions_user_id_foreign";`);
    this.addSql(`alter table "passwords" drop constraint "passwords_user_id_foreign";`);
    this.addSql(`alter table "refresh_tokens" drop constraint "refresh_tokens_session_id_foreign";`);

    this.addSql(`drop table if exists "audiences" cascade;`);
    this.addSql(`drop table if exists "audit_events" cascade;`);
    this.addSql(`drop table if exists "audit_head" cascade;`);
    this.addSql(`drop table if exists "audit_personal" cascade;`);
    this.addSql(`drop table if exists "challenges" cascade;`);
    this.addSql(`drop table if exists "cron_run" cascade;`);
    this.addSql(`drop table if exists "failure_counters" cascade;`);
    this.addSql(`drop table if exists "event_log" cascade;`);
    this.addSql(`drop table if exists "rate_limit" cascade;`);
    this.addSql(`drop table if exists "roles" cascade;`);
    this.addSql(`drop table if exists "role_assignments" cascade;`);
    this.addSql(`drop table if exists "service_accounts" cascade;`);
    this.addSql(`drop table if exists "client_secrets" cascade;`);
    this.addSql(`drop table if exists "signing_keys" cascade;`);
    this.addSql(`drop table if exists "users" cascade;`);
    this.addSql(`drop table if exists "sessions" cascade;`);
    this.addSql(`drop table if exists "refresh_tokens" cascade;`);
    this.addSql(`drop table if exists "passwords" cascade;`);
  }
}
