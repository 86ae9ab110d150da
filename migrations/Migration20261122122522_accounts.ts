import { Migration } from '@mikro-orm/migrations';

export class Migration20261122122522_accounts extends Migration {
  override name = 'Migration20261122122522_accounts';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "outgoing_mails" ("id" uuid not null, "kind" varchar(50) not null, "user_id" uuid null, "sealed" text null, "attempts" int not null, "due_at" timestamptz(3) null, "created_at" timestamptz(3) not null, "failure" varchar(100) null, primary key ("id"));`,
    );
    this.addSql(`create index "outgoing_mails_user_id_index" on "outgoing_mails" ("user_id");`);
    this.addSql(`create index "outgoing_mails_due_at_index" on "outgoing_mails" ("due_at");`);

    this.addSql(`alter table "users" drop constraint "users_status_check";`);
    this.addSql(
      `alter table "users" add "username" varchar(32) null, add "locale" varchar(35) null, add "picture_url" varchar(2000) null, add "metadata" jsonb not null default '{}', add "deleted_at" timestamptz(3) null, add "former_email" varchar(254) null, add "former_username" varchar(32) null;`,
    );
    // The default is for the accounts that exist already.
    this.addSql(`alter table "users" alter column "metadata" drop default;`);
    this.addSql(`alter table "users" add constraint "users_username_unique" unique ("username");`);
    this.addSql(`create index "users_deleted_at_index" on "users" ("deleted_at");`);
    this.addSql(
      `alter table "users" add constraint "users_status_check" check ("status" in ('active', 'deactivated', 'deleted'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "outgoing_mails" cascade;`);

    this.addSql(`alter table "users" drop constraint "users_username_unique";`);
    this.addSql(`drop index "users_deleted_at_index";`);
    this.addSql(`alter table "users" drop constraint "users_status_check";`);
    this.addSql(
      `alter table "users" drop column "username", drop column "locale", drop column "picture_url", drop column "metadata", drop column "deleted_at", drop column "former_email", drop column "former_username";`,
    );
    this.addSql(
      `alter table "users" add constraint "users_status_check" check ("status" in ('active', 'deactivated'));`,
    );
  }
}
