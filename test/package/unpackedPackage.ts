import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';

import { packPackage, REPOSITORY } from '../harness/n8n/packedPackage';

const run = promisify(execFile);

/** The package as npm would publish it, unpacked where only its peer dependency is at hand. */
export interface UnpackedPackage {
	directory: string;
	/** Bytes of the tarball. */
	tarballBytes: number;
	/** Paths of all files inside, with slashes, in alphabetical order. */
	files: string[];
	/** Takes everything away again. */
	remove(): Promise<void>;
}

/** Packs the built package and unpacks it outside of the repository. */
export async function unpackPackage(): Promise<UnpackedPackage> {
	const scratch = await realpath(await mkdtemp(join(tmpdir(), 'n8n-package-')));
	const tarball = await packPackage(scratch);
	const modules = join(scratch, 'node_modules');
	const directory = join(modules, 'n8n-nodes-extend-ai');
	await mkdir(directory, { recursive: true });
	await run('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1']);
	const peer = join(REPOSITORY, 'node_modules', 'n8n-workflow');
	await symlink(peer, join(modules, 'n8n-workflow'), 'junction');
	return {
		directory,
		tarballBytes: (await stat(tarball)).size,
		files: readdirSync(directory, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => relative(directory, join(entry.parentPath, entry.name)))
			.map((path) => path.split(sep).join('/'))
			.sort(),
		remove: async () => {
			await rm(scratch, { recursive: true, force: true });
		},
	};
}

/** Runs a script of this folder in a process of its own and reads the JSON that it writes. */
export async function runScript<T>(script: string, ...args: string[]): Promise<T> {
	const { stdout } = await run(process.execPath, [join(__dirname, script), ...args], {
		maxBuffer: 50_000_000,
		// jest says `test` here, at which the rules of n8n's linter behave as in their own tests.
		env: { ...process.env, NODE_ENV: 'production' },
	});
	return JSON.parse(stdout) as T;
}
