import type { CodegenConfig } from '@graphql-codegen/cli';

/** `graphql-codegen`: the operations of the tests, typed by the committed schema. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['test/support/operations.ts'],
  // The project is made of ES modules, whose imports name the compiled file.
  importExtension: '.js',
  generates: {
    'test/support/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          EmailAddress: 'string',
          JSONObject: 'Record<string, unknown>',
          UUID: 'string',
        },
      },
    },
  },
};

// The tool reads the default export.
export default config;
