import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** A process of the benchmark, called over its IPC channel (`serve.mjs` is the other side). */
export class Child {
  #process;
  #calls = new Map();
  #nextId = 1;
  #stopping = false;

  /** `args` of node; `env` is the whole environment besides what any program needs. */
  constructor(name, args, env = {}) {
    this.name = name;
    this.#process = spawn(process.execPath, args, {
      // A `.env` of the checkout is no part of the measurement.
      cwd: tmpdir(),
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.output = '';
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
    this.#process.on('message', ({ id, result, error }) => this.#settle(id, result, error));
    this.exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.once('exit', () => {
      for (const id of this.#calls.keys()) this.#settle(id, undefined, this.#lastWords());
    });
  }

  get pid() {
    return this.#process.pid;
  }

  /** Calls a handler of the process; rejects when it fails or the process ends. */
  call(method, params = {}) {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      if (this.#process.exitCode !== null) reject(new Error(this.#lastWords()));
      this.#calls.set(id, { resolve, reject });
      this.#process.send({ id, method, params }, (error) => {
        if (error) this.#settle(id, undefined, String(error));
      });
    });
  }

  /** The first match of `pattern` in what the process prints. */
  async printed(pattern) {
    const until = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < until) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.#process.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(this.#lastWords());
  }

  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#stopping = true;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #settle(id, result, error) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(`${this.name}: ${error}`));
  }

  #lastWords() {
    return this.#stopping ? 'was stopped' : `ended or was not ready in time. It printed:\n${this.output}`;
  }
}

// Nothing of the operator's own settings reaches what is measured.
function inherited() {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];
  return Object.fromEntries(
    names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]),
  );
}
