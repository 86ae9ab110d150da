import { Migration } from '@mikro-orm/migrations';

export class Migration20261122173000_provenance extends Migration {
  override name = 'Migration20261122173000_provenance';

  override up(): void | Promise<void> {
    this.addSql(`alter table "role_assignments" add "granted_by_service_account_id" uuid null;`);
    this.addSql(
      `create index "role_assignments_granted_by_service_account_id_index" on "role_assignments" ("granted_by_service_account_id");`,
    );

    this.addSql(`alter table "service_accounts" add "created_by_service_account_id" uuid null;`);
    this.addSql(
      `create index "service_accounts_created_by_service_account_id_index" on "service_accounts" ("created_by_service_account_id");`,
    );

    this.addSql(
      `alter table "passwords" add "set_by_mail" boolean not null default false, add "created_by_session_id" uuid null, add "created_by_acr" varchar(20) null, add "created_by_amr" jsonb null;`,
    );
    // The default is for the passwords that exist already.
    this.addSql(`alter table "passwords" alter column "set_by_mail" drop default;`);
    this.addSql(
      `create index "passwords_created_by_session_id_index" on "passwords" ("created_by_session_id");`,
    );

    this.addSql(`alter table "email_code_factors" add "email" varchar(254) null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "email_code_factors" drop column "email";`);

    this.addSql(`drop index "passwords_created_by_session_id_index";`);
    this.addSql(
      `alter table "passwords" drop column "set_by_mail", drop column "created_by_session_id", drop column "created_by_acr", drop column "created_by_amr";`,
    );

    this.addSql(`drop index "role_assignments_granted_by_service_account_id_index";`);
    this.addSql(`alter table "role_assignments" drop column "granted_by_service_account_id";`);

    this.addSql(`drop index "service_accounts_created_by_service_account_id_index";`);
    this.addSql(`alter table "service_accounts" drop column "created_by_service_account_id";`);
  }
}
