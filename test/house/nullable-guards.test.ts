import { getNamedType, type GraphQLSchema, isNonNullType, isObjectType, isUnionType } from 'graphql';
import { expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { ruleOf } from '../../src/graphql/shield.js';

test('what a rule refuses below a mutation is null alone: what was done is still told, and secrets with it', () => {
  const found = guardedBelow(schemaOfAllFeatures());
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter(({ nullable }) => !nullable).map(({ field }) => field)).toEqual([]);
});

/** Every field with a rule that the payload of some mutation leads to. */
function guardedBelow(schema: GraphQLSchema): { field: string; nullable: boolean }[] {
  const seen = new Set<unknown>();
  const found: { field: string; nullable: boolean }[] = [];
  const walk = (type: unknown): void => {
    if (seen.has(type)) return;
    seen.add(type);
    if (isUnionType(type)) type.getTypes().forEach(walk);
    if (!isObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      if (ruleOf(field)) {
        found.push({ field: `${type.name}.${field.name}`, nullable: !isNonNullType(field.type) });
      }
      walk(getNamedType(field.type));
    }
  };
  for (const { type } of Object.values(schema.getMutationType()?.getFields() ?? {})) walk(getNamedType(type));
  return found;
}
