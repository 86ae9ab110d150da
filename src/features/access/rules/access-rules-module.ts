import { z } from 'zod';
import { importOperatorModule } from '../../../platform/config/operator-module.js';
import { ConfigError } from '../../../platform/config/problem.js';
import type { AccessRule } from './access-rules.contract.js';

const VARIABLE = 'AUTH_ACCESS_RULES_MODULE';

/** A member that is misspelt is a rule that does not do what its author thinks: nothing else may stand in one. */
const rulesShape = z.array(
  z.strictObject({
    name: z.string().regex(/^\S(.{0,98}\S)?$/, 'must be a text of 1 to 100 characters'),
    description: z.string().regex(/^\S(.{0,298}\S)?$/, 'must be one line of 1 to 300 characters'),
    applies: z.custom((value) => typeof value === 'function', 'must be a function'),
    judge: z.custom((value) => typeof value === 'function', 'must be a function'),
  }),
);

/** The operator's rules; none where no module is named. Throws ConfigError: without them nothing may be allowed. */
export async function loadAccessRules(path: string | null): Promise<readonly AccessRule[]> {
  if (path === null) return [];
  const exported = await importOperatorModule(path, VARIABLE);
  const { success, error } = rulesShape.safeParse(exported);
  if (!success)
    throw problem(`must name a module whose default export is a list of rules; ${faultOf(error)}.`);
  // The rules themselves, not the copies that were checked: `this` in one is what its author thinks.
  const rules = exported as readonly AccessRule[];
  const names = rules.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw problem(`must name a module whose rules have different names; two are "${twice}".`);
  return rules;
}

function faultOf({ issues: [first] }: z.ZodError): string {
  const place = first?.path.join('.') ?? '';
  return `${place === '' ? 'the export' : `\`${place}\``}: ${first?.message ?? 'not valid'}`;
}

function problem(sentence: string): ConfigError {
  return new ConfigError([{ variable: VARIABLE, sentence }]);
}
