/** What the documents name exists: files and folders, npm scripts, links within and between them. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import packageJson from '../../package.json';

const ROOT = resolve(__dirname, '../..');
const DOCUMENTS = [
	'README.md',
	'CONTRIBUTING.md',
	'CHANGELOG.md',
	...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.md'))
		.map((file) => `docs/${file.replaceAll('\\', '/')}`),
];

/** Folders of the repository; a path that begins with one of them must exist. */
const FOLDERS = /^(nodes|credentials|test|bench|demo|examples|docs|icons|\.ci|\.github)\//;

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

const anchorsOf = (text: string) =>
	[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

/** Where a link or image leads, for links that stay in the repository. */
const linksOf = (text: string) =>
	[...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
		.map(([, markdown, html]) => (markdown ?? html)!)
		.filter((target) => !/^(https?|mailto):/.test(target));

const pathsOf = (text: string) =>
	[...text.matchAll(/`([^`\s]+)`/g)]
		.map(([, code]) => code!)
		.filter((code) => FOLDERS.test(code) && !/[*<…$]/.test(code));

const scriptsOf = (text: string) =>
	[...text.matchAll(/\bnpm (?:run )?(test|[a-z]+(?::[a-z]+)+|(?<=run )[a-z]+)\b/g)].map(
		([, script]) => script!,
	);

describe.each(DOCUMENTS)('%s', (name) => {
	const text = read(name);

	it('names only files and folders that exist', () => {
		expect(pathsOf(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
	});

	it('names only scripts that exist', () => {
		expect(scriptsOf(text).filter((script) => !(script in packageJson.scripts))).toEqual([]);
	});

	it('links only to what exists', () => {
		const broken = linksOf(text).filter((target) => {
			const [path, anchor] = target.split('#') as [string, string?];
			const file = path === '' ? name : join(dirname(name), decodeURIComponent(path));
			if (!existsSync(join(ROOT, file))) return true;
			return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
		});
		expect(broken).toEqual([]);
	});
});

describe('every example', () => {
	const examples = readdirSync(join(ROOT, 'examples')).map((file) => file.replace(/\.json$/, ''));

	it('has a page that shows it', () => {
		for (const name of examples) {
			expect(read(`docs/examples/${name}.md`)).toContain(`(../images/examples/${name}.png)`);
		}
	});

	it('has a picture of at most 200 kB', () => {
		for (const name of examples) {
			const { size } = statSync(join(ROOT, `docs/images/examples/${name}.png`));
			expect([name, size < 200_000]).toEqual([name, true]);
		}
	});
});
