import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp } from '../../../src/app/app.js';
import { loadAccessRules } from '../../../src/features/access/rules/access-rules-module.js';
import { type RuleModules, ruleModules } from '../../support/access.js';
import { testConfig } from '../../support/config.js';

let modules: RuleModules;
beforeAll(async () => {
  modules = await ruleModules('accessRulesModuleOfThisTest');
});
afterAll(async () => await modules.remove());

const GOOD = `name: 'a', description: 'b', applies: () => true, judge: () => true`;
test.each([
  ['does not parse', 'export default [', 'can be loaded'],
  ['throws while it loads', `throw new Error('secret words');`, 'ended in Error'],
  ['has no default export', `export const rules = [];`, 'the export'],
  ['exports one rule alone', `export default { ${GOOD} };`, 'the export'],
  [
    'has a rule without a judge',
    `export default [{ name: 'a', description: 'b', applies: () => true }];`,
    '0.judge',
  ],
  [
    'has a rule about nothing',
    `export default [{ name: 'a', description: 'b', judge: () => true }];`,
    '0.applies',
  ],
  ['has a rule without words', `export default [{ ${GOOD}, description: '' }];`, '0.description'],
  ['has a misspelt member', `export default [{ ${GOOD}, aplies: () => true }];`, 'aplies'],
  ['has two rules of one name', `export default [{ ${GOOD} }, { ${GOOD} }];`, 'two are "a"'],
])('a module that %s keeps the server from starting, and is named', async (_what, text, words) => {
  const rulesModule = await modules.write(text);
  const start = startApp(testConfig({ access: { permissionsFile: null, rulesModule } }));
  await expect(start).rejects.toThrow(/AUTH_ACCESS_RULES_MODULE/);
  await expect(start).rejects.toThrow(words);
  await expect(start).rejects.not.toThrow(/secret words/);
});

test('a module that is not there keeps it from starting as well', async () => {
  const rulesModule = `${await modules.write('')}.nowhere.mjs`;
  const start = startApp(testConfig({ access: { permissionsFile: null, rulesModule } }));
  await expect(start).rejects.toThrow(/AUTH_ACCESS_RULES_MODULE/);
});

test('a rule is asked as what it is: what its author wrote beside it is there', async () => {
  const text = `const rule = { name: 'a', description: 'b', applies() { return this.name === 'a'; }, judge: () => true };
    export default [rule];`;
  const [rule] = await loadAccessRules(await modules.write(text));
  expect(rule?.applies({ name: 'viewer', permissions: [] })).toBe(true);
  expect(await loadAccessRules(null)).toEqual([]);
});
