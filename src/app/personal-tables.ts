import type { PersonalTable } from '../features/privacy/personal-table.js';
import type { Feature } from '../platform/feature.js';
import { allFeatures } from './features.js';
import type { Services } from './services.js';

/**
 * Every table that holds something about people, of features that are mounted and of those that are not: their
 * tables are there all the same. The highest floor comes first, so rows that point at others go before those.
 */
export function personalTables(mounted: readonly Feature<Services>[]): PersonalTable[] {
  const features = [...new Set([...allFeatures, ...mounted])];
  return features
    .toReversed()
    .flatMap(({ name, personalData = [] }) => personalData.map((table) => ({ ...table, feature: name })));
}
