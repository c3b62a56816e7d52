import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { runNpm, NpmError } from './npm';
import { StartupError } from './startupError';

/** The root of this repository. */
export const REPOSITORY = join(__dirname, '..', '..', '..');

const PACKAGE = 'n8n-nodes-extend-ai';

/** Compiles the package in `directory`. */
export async function buildPackage(directory = REPOSITORY): Promise<void> {
	try {
		await runNpm(['run', 'build'], { cwd: directory });
	} catch (error) {
		if (!(error instanceof NpmError)) throw error;
		throw new StartupError(
			`The package could not be built.\n${error.output.trim()}`,
			'Run `npm ci`, then `npm run build`, and mend what it reports.',
			{ cause: error },
		);
	}
}

/** Packs the built package in `directory` into `destination`, exactly as it would be published. */
export async function packPackage(destination: string, directory = REPOSITORY): Promise<string> {
	const { stdout } = await runNpm(
		['pack', '--json', '--ignore-scripts', `--pack-destination=${destination}`],
		{ cwd: directory },
	);
	const packed = JSON.parse(stdout) as Record<string, { filename: string }>;
	const filename = Object.values(packed)[0]?.filename;
	if (filename === undefined) throw new Error('npm pack named no file.');
	return join(destination, filename);
}

/** Puts a packed package where an n8n with this user folder finds it. */
export async function unpackInto(
	userFolder: string,
	tarball: string,
	name = PACKAGE,
): Promise<void> {
	const target = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	await promisify(execFile)('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
}

/** Packs `directory` and puts it where an n8n with this user folder finds it. */
export async function packInto(
	userFolder: string,
	directory = REPOSITORY,
	name = PACKAGE,
): Promise<void> {
	const scratch = await mkdtemp(join(tmpdir(), 'n8n-pack-'));
	try {
		await unpackInto(userFolder, await packPackage(scratch, directory), name);
	} finally {
		await rm(scratch, { recursive: true, force: true });
	}
}
