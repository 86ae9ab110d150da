import { describe, expect, test } from 'vitest';
import { createClientPlace } from '../../../src/http/client-place.js';

const place = createClientPlace('x-place', ['10.0.0.0/8']);
const from = (remoteAddress: string | undefined, value: string | string[] | undefined) =>
  place({ headers: value === undefined ? {} : { 'x-place': value }, socket: { remoteAddress } });

describe('the place of a client', () => {
  test('is what a trusted proxy says', () => {
    expect(from('10.1.2.3', 'DE')).toBe('DE');
    expect(from('::ffff:10.1.2.3', 'DE')).toBe('DE');
  });

  test.each([['192.0.2.1'], ['2001:db8::1'], [undefined], ['']])('is not taken from %s', (peer) => {
    expect(from(peer, 'DE')).toBeNull();
  });

  test.each([
    ['nothing', undefined, null],
    ['an empty text', '', null],
    ['spaces', '   ', null],
    ['two values', ['DE', 'FR'], null],
    ['controls, joiners and marks of direction', 'D\u0000E\u007f\u202e\u200d\n', 'DE'],
    ['UTF-8, as Node reads it', Buffer.from('Zürich', 'utf8').toString('latin1'), 'Zürich'],
    ['Latin-1', 'Z\u00fcrich', 'Zürich'],
    ['more than the column holds', 'a'.repeat(101), 'a'.repeat(100)],
    ['characters of two units at the end', `a${'😀'.repeat(100)}`, `a${'😀'.repeat(49)}\uFFFD`],
  ])('made of %s', (_what, value, expected) => {
    const beyond = typeof value === 'string' && [...value].some((one) => one > '\u00ff');
    const raw = beyond ? Buffer.from(value, 'utf8').toString('latin1') : value;
    expect(from('10.0.0.1', raw)).toBe(expected);
  });

  test('is never read where no header is named', () => {
    const none = createClientPlace(null, ['10.0.0.0/8']);
    expect(none({ headers: { 'x-place': 'DE' }, socket: { remoteAddress: '10.0.0.1' } })).toBeNull();
  });
});
