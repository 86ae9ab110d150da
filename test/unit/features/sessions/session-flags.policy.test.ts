import { describe, expect, test } from 'vitest';
import { flagsOf } from '../../../../src/features/sessions/session-flags.policy.js';

const HOME = { ip: '203.0.113.7', deviceLabel: 'Firefox on Linux' };
const after = (...earlier: { ip: string | null; deviceLabel: string }[]) => ({
  earlier,
  failuresBefore: false,
});

describe('the beginning of a session', () => {
  test('is never unusual where the account had none before, whatever failed', () => {
    expect(flagsOf(HOME, { earlier: [], failuresBefore: true })).toEqual([]);
  });

  test('is not unusual where another one began the same way', () => {
    expect(flagsOf(HOME, after(HOME))).toEqual([]);
  });

  test.each([
    ['another address of the same /24', '203.0.113.200', []],
    ['the next /24', '203.0.114.7', ['new_network']],
    ['IPv4 inside IPv6', '::ffff:203.0.113.9', []],
    ['IPv6', '2001:db8::1', ['new_network']],
    ['no address at all', null, []],
  ])('from %s', (_what, ip, flags) => {
    expect(flagsOf({ ...HOME, ip }, after(HOME))).toEqual(flags);
  });

  test.each([
    ['another address of the same /64', '2001:db8::2', []],
    ['the next /64', '2001:db8:0:1::1', ['new_network']],
  ])('from %s', (_what, ip, flags) => {
    expect(flagsOf({ ...HOME, ip }, after({ ...HOME, ip: '2001:db8::1' }))).toEqual(flags);
  });

  test('on a device that was never seen', () => {
    expect(flagsOf({ ...HOME, deviceLabel: 'Safari on iOS' }, after(HOME))).toEqual(['new_agent']);
  });

  test('after failures', () => {
    expect(flagsOf(HOME, { earlier: [HOME], failuresBefore: true })).toEqual(['failures_before']);
  });

  test('network and device may be known from two different sessions', () => {
    const [work, phone] = [
      { ip: '198.51.100.1', deviceLabel: 'Firefox on Linux' },
      { ip: '203.0.113.7', deviceLabel: 'Safari on iOS' },
    ];
    expect(flagsOf(HOME, after(work, phone))).toEqual([]);
  });

  test('all three at once', () => {
    const stranger = { ip: '192.0.2.1', deviceLabel: 'Chrome on Windows' };
    expect(flagsOf(stranger, { earlier: [HOME], failuresBefore: true })).toEqual([
      'new_network',
      'new_agent',
      'failures_before',
    ]);
  });
});
