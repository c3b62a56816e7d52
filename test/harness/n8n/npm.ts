import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';

import { startOwned } from './children';
import { StartupError } from './startupError';

/** How npm is called: a program and the arguments that come before npm's own. */
export type NpmCommand = readonly [command: string, ...args: string[]];

/** Ends npm when this program is killed; otherwise it would go on with what the next start begins anew. */
const WATCH_PARENT = [
	process.env.NODE_OPTIONS,
	`--require ${JSON.stringify(join(__dirname, 'parentWatch.cjs'))}`,
]
	.filter(Boolean)
	.join(' ');

/** What a call of npm came to. */
export interface NpmResult {
	stdout: string;
	stderr: string;
}

/** A call of npm that ended with an error. */
export class NpmError extends Error {
	constructor(
		readonly call: string,
		readonly output: string,
		/** npm's code, as in `npm error code ENOSPC`. */
		readonly code: string | undefined,
	) {
		super(`npm ${call} ended with an error${code === undefined ? '' : ` (${code})`}.`);
		this.name = 'NpmError';
	}
}

/** The npm that runs this program, or else the one on the path. */
export function findNpm(env: NodeJS.ProcessEnv = process.env): NpmCommand {
	const script = env.npm_execpath;
	if (script !== undefined && basename(script) === 'npm-cli.js') return [process.execPath, script];
	return process.platform === 'win32' ? ['npm.cmd'] : ['npm'];
}

/** Calls npm and waits for its end; what it prints goes to `log` too. */
export async function runNpm(
	args: readonly string[],
	options: {
		cwd: string;
		npm?: NpmCommand;
		env?: NodeJS.ProcessEnv;
		log?: Writable;
		/** Called with what npm reports while it works. */
		onReport?: (text: string) => void;
	},
): Promise<NpmResult> {
	const [command, ...before] = options.npm ?? findNpm();
	const call = args[0] ?? '';
	return await new Promise<NpmResult>((resolve, reject) => {
		const child = startOwned(command, [...before, ...args], {
			cwd: options.cwd,
			env: { ...process.env, NODE_OPTIONS: WATCH_PARENT, ...options.env },
			stdio: ['ignore', 'pipe', 'pipe'],
			shell: command.endsWith('.cmd'),
		});
		const result: NpmResult = { stdout: '', stderr: '' };
		child.stdout?.on('data', (chunk: Buffer) => {
			result.stdout += chunk.toString();
			options.log?.write(chunk);
		});
		child.stderr?.on('data', (chunk: Buffer) => {
			const text = chunk.toString();
			result.stderr += text;
			options.onReport?.(text);
			options.log?.write(chunk);
		});
		child.once('error', (error: NodeJS.ErrnoException) => {
			reject(error.code === 'ENOENT' ? npmMissing(error) : error);
		});
		child.once('close', (status) => {
			if (status === 0) resolve(result);
			else reject(new NpmError(call, result.stderr + result.stdout, codeIn(result.stderr)));
		});
	});
}

function npmMissing(cause: Error): StartupError {
	return new StartupError(
		'npm was not found.',
		'Install Node.js 20 or newer together with npm, make sure that `npm --version` answers, and start again.',
		{ cause },
	);
}

function codeIn(stderr: string): string | undefined {
	return /^npm (?:error|ERR!) code (\S+)/m.exec(stderr)?.[1];
}
