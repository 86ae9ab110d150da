import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/platform/config/load-config.js';
import { renderConfigurationReference, renderEnvExample } from '../../../../src/platform/config/reference.js';
import { allSettings } from '../../../../src/platform/config/settings.js';

test('every setting is declared once, and appears in both documents', () => {
  const names = allSettings().map((setting) => setting.env);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(renderEnvExample()).toContain(`# ${name}=`);
    expect(renderConfigurationReference()).toContain(`| \`${name}\` |`);
  }
});

test('every example and default is one that its own reader accepts', () => {
  for (const { env, reader, example, default: fallback } of allSettings()) {
    for (const text of [example, fallback]) {
      if (text !== null) expect(reader.schema.safeParse(text).success, `${env}=${text}`).toBe(true);
    }
  }
});

test('the example file, taken as it is, sets nothing, and shows no secret', () => {
  const lines = renderEnvExample().split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  expect(lines).toContain('# AUTH_ENCRYPTION_KEY=');
});

test('the example file, with its comment signs taken off, starts a server once secrets are there', () => {
  const pairs = renderEnvExample().matchAll(/^# ([A-Z_]+)=(.*)$/gm);
  const env = Object.fromEntries(Array.from(pairs, ([, name = '', value]) => [name, value]));
  const secrets = {
    AUTH_ENCRYPTION_KEY: 'kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG',
    AUTH_JWT__SECRET: 'aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH',
    AUTH_SMTP_PASSWORD: 'pw',
  };
  expect(loadConfig({ ...env, ...secrets }).warnings).toEqual([]);
});

test('the reference lists what production refuses', () => {
  expect(renderConfigurationReference()).toContain('- `AUTH_SMTP_HOST` is not set: name the SMTP server');
});
