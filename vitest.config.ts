import { defineConfig } from 'vitest/config';

const everywhere = {
  // Vite would resolve our own `graphql` import to index.mjs while type-graphql and Apollo get index.js:
  // two copies of the module, and every `instanceof GraphQLSchema` is false.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  oxc: { decorator: { legacy: true } },
};
const test = { testTimeout: 30_000, hookTimeout: 90_000, pool: 'forks' } as const;

// vitest wants the configuration as a default export.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // Each file in a process of its own: they start, kill and measure processes, or compile and bundle.
        ...everywhere,
        test: {
          ...test,
          name: 'alone',
          include: ['test/{bench,cli,console,docs,faults}/**/*.test.ts'],
        },
      },
      {
        // One file after the other in the same process: to load the product again for each takes longer than
        // most of them run. That a file leaves the process as it found it is checked behind each.
        ...everywhere,
        test: {
          ...test,
          name: 'together',
          include: ['test/{api,attacks,house,unit}/**/*.test.ts'],
          isolate: false,
          setupFiles: ['test/support/unchanged-process.ts'],
        },
      },
    ],
  },
});
