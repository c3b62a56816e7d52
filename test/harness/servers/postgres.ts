import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { startOwned, stopOwned } from '../n8n/children';
import { freePorts } from '../n8n/ports';

import { untilReady, which, type Server } from './programs';

/** A Postgres whose user and database are called `postgres`. */
export interface Postgres extends Server {
	/** What a node of n8n needs to connect. */
	credential: Readonly<Record<string, string | number>>;
	/** Runs statements. @returns the rows, one a line, with `|` between the columns */
	sql(statements: string): Promise<string>;
}

const HOMES = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/pgsql'];

/** The folder of Postgres' programs, or undefined where it is not installed. */
export async function findPostgres(): Promise<string | undefined> {
	const initdb = (await which('initdb')) ?? (await newest());
	return initdb === undefined ? undefined : dirname(await realpath(initdb));
}

/** Debian keeps the programs of each version in a folder that is not on the path. */
async function newest(): Promise<string | undefined> {
	for (const home of HOMES) {
		const versions = await readdir(home).catch(() => []);
		const newestFirst = versions.sort((one, other) =>
			other.localeCompare(one, 'en', { numeric: true }),
		);
		for (const version of newestFirst) {
			const path = join(home, version, 'bin', 'initdb');
			if (existsSync(path)) return path;
		}
	}
	return undefined;
}

/**
 * Starts a Postgres of its own, with its data in `folder`. It refuses to run as root, so root hands it to
 * the user that its Debian package makes.
 */
export async function startPostgres(bin: string, folder: string): Promise<Postgres> {
	const [port = 0] = await freePorts(1);
	const data = join(folder, 'postgres');
	await mkdir(data);
	const isRoot = userInfo().uid === 0;
	const as = isRoot ? ['runuser', '-u', 'postgres', '--'] : [];
	if (isRoot) {
		await chmod(folder, 0o755);
		await promisify(execFile)('chown', ['postgres', data]);
	}
	const call = (program: string, args: string[]): [string, string[]] => {
		const [command = '', ...rest] = [...as, join(bin, program), ...args];
		return [command, rest];
	};
	const [initdb, initArgs] = call('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres']);
	await promisify(execFile)(initdb, initArgs, { cwd: data });
	const [command, args] = call('postgres', [
		...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data],
		...['-c', 'fsync=off', '-c', 'max_connections=200'],
	]);
	const child = startOwned(command, args, { cwd: data, stdio: 'ignore' });
	const stop = async () => {
		await stopOwned(child);
	};
	const where = ['-h', '127.0.0.1', '-p', String(port)];
	try {
		const [ready, readyArgs] = call('pg_isready', where);
		await untilReady(async () => await promisify(execFile)(ready, readyArgs), 'Postgres');
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		port,
		credential: {
			host: '127.0.0.1',
			port,
			database: 'postgres',
			user: 'postgres',
			password: 'none',
			ssl: 'disable',
		},
		sql: async (statements) => {
			const args = [...where, '-U', 'postgres', '-qtAc', statements];
			const { stdout } = await promisify(execFile)(join(bin, 'psql'), args);
			return stdout.trim();
		},
		stop,
	};
}
