import { Buffer } from 'node:buffer';

/**
 * The bytes of one request. `item` (a token, a password …) takes the place of `{item}` in the body or in
 * the headers.
 */
export function requestBytes({ method, path, headers = {}, body }, item = '') {
  const content = body?.replace('{item}', item) ?? '';
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value.replace('{item}', item)}\r\n`,
  );
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(content)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: latchkey-bench\r\n${lines.join('')}${length}\r\n${content}`,
  );
}

/** Whether an answer is the one that the scenario expects. */
export function isExpected({ status, body }, expected) {
  return status === expected.status && (expected.text === undefined || body.includes(expected.text));
}
