// `npm run migration:create -- <name>`: writes the migration that brings the tables up to the entities.
import { allFeatures } from '../src/app/features.js';
import { platformEntities } from '../src/app/infrastructure.js';
import { openOrm } from '../src/platform/database/orm.js';

const name = process.argv[2];
const entities = [...platformEntities, ...allFeatures.flatMap((feature) => feature.entities)];
const orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, entities);
orm.config.set('migrations', { ...orm.config.get('migrations'), snapshot: true });
try {
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  process.stdout.write(fileName === '' ? 'The tables are up to date.\n' : `migrations/${fileName}\n`);
} finally {
  await orm.close();
}
