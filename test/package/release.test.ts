/** The way to a release: what GitHub runs, and the check of a tag. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import packageJson from '../../package.json';

const ROOT = resolve(__dirname, '../..');
const WORKFLOWS = join(ROOT, '.github/workflows');

interface Checked {
	code: number;
	complaints: string[];
}

/** Checks a tag in a copy of what the check reads. */
async function check(
	tag: string,
	changes: { version?: string; changelog?: string; repository?: string } = {},
): Promise<Checked> {
	const folder = mkdtempSync(join(tmpdir(), 'release-'));
	try {
		cpSync(join(ROOT, '.github/checkRelease.mjs'), join(folder, '.github/checkRelease.mjs'));
		const { version = '1.2.3', changelog = '1.2.3 (2026-12-01)' } = changes;
		writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...packageJson, version }));
		writeFileSync(
			join(folder, 'CHANGELOG.md'),
			`# Changelog\n\n## ${changelog}\n\n- New.\n\n## 1.2.2 (2026-11-01)\n`,
		);
		return await new Promise((done) => {
			const env = { ...process.env, GITHUB_REPOSITORY: changes.repository };
			execFile(
				process.execPath,
				[join(folder, '.github/checkRelease.mjs'), tag],
				{ env },
				(error, _stdout, stderr) => {
					const complaints = stderr.split('\n').filter((line) => line !== '');
					done({ code: error === null ? 0 : 1, complaints });
				},
			);
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
}

describe('a tag', () => {
	it('may be published if version, changelog and repository fit', async () => {
		const repository = /github\.com\/(.+)\.git$/.exec(packageJson.repository.url)?.[1];
		await expect(check('v1.2.3', { repository })).resolves.toEqual({ code: 0, complaints: [] });
	});

	it.each<[string, string, Parameters<typeof check>[1]]>([
		['another version', 'v1.2.4', {}],
		['no tag', '', {}],
		['a changelog without a date', 'v1.2.3', { changelog: '1.2.3 (not yet released)' }],
		['a changelog that begins with another version', 'v1.2.3', { changelog: '1.2.2 (2026-11-01)' }],
		['a version that only looks alike', 'v1.2.3', { changelog: '1x2x3 (2026-12-01)' }],
		['another repository', 'v1.2.3', { repository: 'somebody/else' }],
	])('is refused for %s', async (_why, tag, changes) => {
		const { code, complaints } = await check(tag, changes);
		expect(code).toBe(1);
		expect(complaints).toHaveLength(1);
	});
});

describe.each(readdirSync(WORKFLOWS))('%s', (name) => {
	const text = readFileSync(join(WORKFLOWS, name), 'utf8');

	it('takes every action at a commit, with its version beside it', () => {
		const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, used]) => used!);
		expect(uses.length).toBeGreaterThan(0);
		for (const used of uses) expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
	});

	it('builds what it publishes, because npm runs no scripts by itself', () => {
		const commands = [...text.matchAll(/- run: (.+)$/gm)].map(([, command]) => command!);
		const publishes = commands.findIndex((command) => command.startsWith('npm publish'));
		expect(publishes).toBeGreaterThan(0);
		expect(commands[publishes - 1]).toBe('npm run build');
	});

	it('may write nothing, but prove where the package is from', () => {
		expect(text).toMatch(/^permissions:\n {2}contents: read\n/m);
		const rights = [...text.matchAll(/^ +([\w-]+): write$/gm)].map(([, right]) => right);
		expect(rights).toEqual(name === 'publish.yml' ? ['id-token'] : []);
	});
});
