import { Migration } from '@mikro-orm/migrations';

export class Migration20261122124532_audit_forgetting extends Migration {
  override name = 'Migration20261122124532_audit_forgetting';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "audit_forgotten" ("key" varchar(64) not null, "user_id" uuid not null, "until" timestamptz(3) not null, primary key ("key"));`,
    );
    this.addSql(`create index "audit_forgotten_user_id_index" on "audit_forgotten" ("user_id");`);

    this.addSql(
      `create index "audit_events_actor_id_sequence_index" on "audit_events" ("actor_id", "sequence");`,
    );

    this.addSql(
      `create index audit_personal_unattributed_index on audit_personal using gin (jsonb_path_query_array(facts, '$.*')) where user_id is null;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "audit_forgotten" cascade;`);

    this.addSql(`drop index "audit_events_actor_id_sequence_index";`);

    this.addSql(`drop index "audit_personal_unattributed_index";`);
  }
}
