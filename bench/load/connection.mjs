import { once } from 'node:events';
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/**
 * One keep-alive connection of HTTP/1.1 that sends a request when the last one is answered. It reads as
 * little of an answer as the benchmark needs (status, length, body), so that the load costs less than what
 * is measured; answers with neither a length nor chunks are an error.
 */
export class Connection {
  #socket;
  #pending = null;
  #settle = null;

  static async open(port) {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#answer({ status: 0, error }));
    socket.on('close', () => this.#answer({ status: 0, error: new Error('connection closed') }));
  }

  /** Sends bytes and calls `settle` with `{ status, body }` once. */
  send(request, settle) {
    this.#settle = settle;
    this.#socket.write(request);
  }

  request(request) {
    return new Promise((resolve) => this.send(request, resolve));
  }

  close() {
    this.#settle = null;
    this.#socket.destroy();
  }

  #read(chunk) {
    const bytes = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
    const answer = parseAnswer(bytes);
    this.#pending = answer === null ? bytes : null;
    if (answer !== null) this.#answer(answer);
  }

  #answer(answer) {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(answer);
  }
}

/** `{ status, body }`, or null while bytes are missing. */
function parseAnswer(bytes) {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.latin1Slice(0, headEnd);
  const length = CONTENT_LENGTH.exec(head);
  const bodyStart = headEnd + 4;
  if (length === null && CHUNKED.test(head)) {
    // The next answer does not come before the next request: what ends like the last chunk is the last chunk.
    if (!bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return null;
    return { status: Number(head.slice(9, 12)), body: bytes.subarray(bodyStart) };
  }
  if (length === null) return { status: 0, error: new Error(`no length in: ${head}`) };
  if (bytes.length < bodyStart + Number(length[1])) return null;
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(bodyStart) };
}
