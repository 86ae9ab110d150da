import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { repository } from './fenced-block.js';

/** What a script left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in the repository as a terminal does what is pasted into it: from standard input. */
export async function bash(text: string, env: Record<string, string>): Promise<Ran> {
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const child = spawn('bash', [], { cwd: repository, env: { ...env, PATH } });
  child.stdin.end(text);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}
