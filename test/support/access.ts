import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessFacts } from '../../src/features/access/rules/access-rules.contract.js';
import type { Answer, Client } from './client.js';

const DECISION = `allowed because { rule role via } missing { permission assurance freshness rule }`;

/** What nothing is missing of. */
export const NOTHING = { permission: null, assurance: null, freshness: null, rule: null };

/** Sends `can`. */
export async function askCan(
  client: Client,
  action: string,
  resource: object | null = null,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await client.send(
    `query ($action: String!, $resource: AccessResourceInput) {
      can(action: $action, resource: $resource) { ${DECISION} } }`,
    { action, resource },
    headers,
  );
}

/** The decision that `can` answers with, or its code. */
export async function decided(...asked: Parameters<typeof askCan>): Promise<unknown> {
  const { data, code } = await askCan(...asked);
  return data?.['can'] ?? code;
}

/** Sends `explainAccess`. */
export async function explainAccess(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { ${DECISION} } }`,
    { input },
  );
}

/** The decision that `explainAccess` answers with, or its code. */
export async function explained(client: Client, input: object): Promise<unknown> {
  const { data, code } = await explainAccess(client, input);
  return data?.['explainAccess'] ?? code;
}

/** Modules as an operator writes them, in a folder of their own. */
export interface RuleModules {
  /** Writes a module of that text; its path. */
  write(text: string): Promise<string>;
  /** A module with one rule, `the-test`, which does what `answer` was given last; before that it says yes. */
  answering(): Promise<string>;
  /** What that rule answers from now on; it is about every action that `about` names, or about all. */
  answer(judge: (facts: AccessFacts) => unknown, about?: (name: string) => unknown): void;
  remove(): Promise<void>;
}

/** `key`: the name on the global object under which the rule finds what it does. */
export async function ruleModules(key: string): Promise<RuleModules> {
  const directory = await mkdtemp(join(tmpdir(), 'access-rules-'));
  let written = 0;
  const write = async (text: string) => {
    written += 1;
    const path = join(directory, `rules-${written}.mjs`);
    await writeFile(path, text);
    return path;
  };
  const answer: RuleModules['answer'] = (judge, about = () => true) =>
    Reflect.set(globalThis, key, { judge, about });
  answer(() => true);
  return {
    write,
    answer,
    answering: async () =>
      await write(`export default [{
        name: 'the-test',
        description: 'what the test says',
        applies: () => true,
        judge: (facts) => !globalThis.${key}.about(facts.action.name) || globalThis.${key}.judge(facts),
      }];`),
    remove: async () => {
      Reflect.deleteProperty(globalThis, key);
      await rm(directory, { recursive: true });
    },
  };
}
