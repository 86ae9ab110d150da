import { Migration } from '@mikro-orm/migrations';

export class Migration20261122125833_user_search extends Migration {
  override name = 'Migration20261122125833_user_search';

  override up(): void | Promise<void> {
    this.addSql(`create index "failure_counters_users_index" on "failure_counters" ("key")
        where starts_with(key, 'account:user:');`);

    this.addSql(
      `create index "role_assignments_role_id_holder_kind_holder_id_index" on "role_assignments" ("role_id", "holder_kind", "holder_id");`,
    );

    this.addSql(`create index "users_words_index" on "users" using gin (array_to_tsvector(array_remove(regexp_split_to_array(lower(email || ' ' || coalesce(username, '') || ' ' || coalesce(display_name, '')
   || ' ' || coalesce(former_email, '') || ' ' || coalesce(former_username, '')), '[^[:alnum:]]+'), '')));`);
    this.addSql(`create index "users_status_id_index" on "users" ("status", "id");`);
    this.addSql(`create index "users_unverified_index" on "users" ("id") where email_verified_at is null;`);
    this.addSql(`create index "users_verified_index" on "users" ("id") where email_verified_at is not null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "failure_counters_users_index";`);

    this.addSql(`drop index "role_assignments_role_id_holder_kind_holder_id_index";`);

    this.addSql(`drop index "users_words_index";`);
    this.addSql(`drop index "users_status_id_index";`);
    this.addSql(`drop index "users_unverified_index";`);
    this.addSql(`drop index "users_verified_index";`);
  }
}
