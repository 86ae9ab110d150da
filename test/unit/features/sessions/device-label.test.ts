import { expect, test } from 'vitest';
import { deviceLabel } from '../../../../src/features/sessions/device-label.js';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Teapot/1.0 (kitchen) ', 'Teapot'],
  [null, 'Unknown device'],
])('%j is called %j', (agent, label) => {
  expect(deviceLabel(agent)).toBe(label);
});

test.each([
  ['a page to visit', 'www.example.org/1.0 (x) '],
  ['an override of the direction', 'a\u202eb/1.0 (x) '],
  ['a control', 'a\u0085b/1.0 (x) '],
  ['space', '   /1.0 (x) '],
  ['a speech', `${'Call us at once '.repeat(5)}/1.0 (x) `],
])('what an agent says in the place of its name gets into no mail: %s', (_what, agent) => {
  expect(deviceLabel(agent)).toBe('Unknown device');
});
