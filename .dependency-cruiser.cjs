// The rule of layers, said once. docs/architecture.md quotes the table; test/house/layers.test.ts keeps it.

/** Features of a floor import features of lower floors only. */
const floors = [
  ['challenges', 'audit', 'webhooks', 'lockout', 'signing-keys', 'providers'],
  ['users', 'tokens'],
  ['access', 'connections', 'mfa'],
  ['sessions', 'service-accounts', 'organizations'],
  ['api-keys'],
  ['authentication', 'step-up', 'privacy', 'login'],
];

const any = (names) => `(${names.join('|')})`;
const graphqlPackages =
  'node_modules/(type-graphql|graphql|graphql-scalars|graphql-shield|graphql-middleware|graphql-ws|@apollo|@as-integrations)/';
const httpPackages = 'node_modules/(fastify|fastify-plugin|@fastify|@as-integrations)/';
const graphqlEdge = String.raw`\.(resolver|type|input|subscription)\.ts$`;
/** The manifests: the only files of a feature that name its edges. */
const manifest = String.raw`\.(feature|method|factor)\.ts$`;
/** What a feature shows to those above it: these roles, and the interfaces that have a file of their own. */
const shownRoles = String.raw`\.(service|entity|type|contract|claims)\.ts$`;
const shownInterfaces = String.raw`/(login-method|factor|scheme|provider|attempt)\.ts$`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Not one, type imports included: who may know whom is a question with one answer.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'kernel-imports-nothing-above',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^src/', pathNot: '^src/kernel/' },
    },
    {
      name: 'platform-knows-only-the-kernel',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/(platform|kernel)/' },
    },
    {
      name: 'toolkits-know-no-feature',
      severity: 'error',
      from: { path: '^src/(graphql|http)/' },
      to: { path: '^src/(app|features)/' },
    },
    {
      name: 'nobody-imports-the-app',
      severity: 'error',
      from: { path: '^src/', pathNot: String.raw`^src/(app/|main\.ts$|index\.ts$)` },
      to: { path: String.raw`^src/(app/|main\.ts$|index\.ts$)` },
    },
    {
      name: 'nobody-imports-the-program',
      severity: 'error',
      from: {},
      to: { path: String.raw`^src/main\.ts$` },
    },
    ...floors.map((names, floor) => ({
      name: `floor-${floor + 1}-looks-down-only`,
      severity: 'error',
      from: { path: `^src/features/${any(names)}/` },
      to: { path: `^src/features/${any(floors.slice(floor).flat())}/`, pathNot: '^src/features/$1/' },
    })),
    {
      name: 'every-feature-has-a-floor',
      severity: 'error',
      from: { path: '^src/features/', pathNot: `^src/features/${any(floors.flat())}/` },
      to: {},
    },
    {
      name: 'features-show-services-entities-types-and-contracts',
      comment: 'What else lies in a folder may change without asking anybody.',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/', pathNot: ['^src/features/$1/', shownRoles, shownInterfaces] },
    },
    {
      name: 'domain-knows-no-graphql',
      severity: 'error',
      from: { path: '^src/(kernel|platform|features|http)/', pathNot: graphqlEdge },
      to: { path: graphqlPackages },
    },
    {
      name: 'domain-knows-no-http',
      severity: 'error',
      from: { path: '^src/(kernel|platform|features|graphql)/', pathNot: String.raw`\.route\.ts$` },
      to: { path: httpPackages },
    },
    {
      name: 'edges-are-wired-by-manifests',
      severity: 'error',
      from: { path: '^src/features/', pathNot: manifest },
      to: { path: String.raw`^src/features/.*\.(resolver|route|job|subscription)\.ts$` },
    },
    {
      name: 'sdk-stands-alone',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: '^(src|test|console|scripts)/' },
    },
    {
      name: 'product-knows-no-test',
      severity: 'error',
      from: { path: '^(src|sdk)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: String.raw`^src/main\.ts$|\.d\.ts$` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    preserveSymlinks: true,
  },
};
