import { defineConfig } from 'vitest/config';

// vitest wants the configuration as a default export.
export default defineConfig({
  // Vite would resolve our own `graphql` import to index.mjs while type-graphql and Apollo get index.js:
  // two copies of the module, and every `instanceof GraphQLSchema` is false.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  oxc: { decorator: { legacy: true } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 90_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
