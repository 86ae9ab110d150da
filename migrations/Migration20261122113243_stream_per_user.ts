import { Migration } from '@mikro-orm/migrations';

export class Migration20261122113243_stream_per_user extends Migration {
  override name = 'Migration20261122113243_stream_per_user';

  override up(): void | Promise<void> {
    this.addSql(`create index "event_log_user_id_position_index" on "event_log" ("user_id", "position");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "event_log_user_id_position_index";`);
  }
}
