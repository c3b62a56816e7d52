import type { IDataObject, INodeTypeDescription, Themed } from 'n8n-workflow';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import '../harness/engine/environment';
import { loadOutputSchema, resolveOutputSchemaPath } from 'n8n-core';

import { toItems } from '../../nodes/ExtendBatchRunWorkflow/items';
import type { WorkflowRun } from '../../nodes/extend/api/types';
import { batchReport } from '../../nodes/extend/rows/reports';
import { simplifyRun } from '../../nodes/extend/rows/simplify';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { runScript, unpackPackage } from './unpackedPackage';
import type { UnpackedPackage } from './unpackedPackage';

interface Manifest {
	name: string;
	dependencies?: Record<string, string>;
	bundledDependencies?: string[];
	scripts: Record<string, string>;
	n8n: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
}

interface Loaded {
	nodes: Array<{ path: string; description: INodeTypeDescription }>;
	credentials: Array<{ path: string; name: string; displayName: string; icon: Themed<string> }>;
	requested: string[];
}

/** The names that saved workflows depend on. */
const NODE_NAMES: Record<string, string> = {
	extendBatchRunWorkflow: 'Extend Batch Run Workflow',
	extend: 'Extend',
	extendListRunsByBatch: 'Extend List Runs by Batch',
	extendTrigger: 'Extend Trigger',
	extendPollingTrigger: 'Extend Polling Trigger',
};

/** What somebody types who looks for a way to process documents. */
const SEARCH_WORDS = ['extend', 'invoice', 'pdf', 'ocr', 'document', 'batch', 'receipt', 'bulk'];

/** Every resource and operation of a node that is made of operations. */
function operationsOf({ properties }: INodeTypeDescription) {
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ options = [], displayOptions }) =>
			options.map((option) => ({
				resource: (displayOptions?.show?.resource as string[] | undefined)?.[0],
				operation: 'value' in option ? String(option.value) : '',
			})),
		);
}

let unpacked: UnpackedPackage;
let manifest: Manifest;
let loaded: Loaded;

const read = (path: string) => readFileSync(join(unpacked.directory, path), 'utf8');

const readJson = (path: string) => JSON.parse(read(path)) as unknown;

beforeAll(async () => {
	unpacked = await unpackPackage();
	manifest = readJson('package.json') as Manifest;
	loaded = await runScript<Loaded>('load.cjs', unpacked.directory);
}, 180_000);

afterAll(async () => {
	await unpacked.remove();
});

describe('the package', () => {
	test('names every node and credential of the sources, and holds each', () => {
		const sources = (folder: string, ending: string) =>
			readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
				.filter((path) => path.endsWith(`${ending}.ts`))
				.map((path) => posix.join('dist', folder, path.replaceAll('\\', '/')).replace(/ts$/, 'js'))
				.sort();
		expect([...manifest.n8n.nodes].sort()).toEqual(sources('nodes', '.node'));
		expect([...manifest.n8n.credentials].sort()).toEqual(sources('credentials', '.credentials'));
		expect(unpacked.files).toEqual(
			expect.arrayContaining([...manifest.n8n.nodes, ...manifest.n8n.credentials]),
		);
	});

	test('loads in a process of its own, with nothing at hand but n8n-workflow', () => {
		expect(loaded.requested).toEqual(['n8n-workflow']);
		expect(loaded.nodes).toHaveLength(manifest.n8n.nodes.length);
		expect(loaded.credentials).toHaveLength(manifest.n8n.credentials.length);
	});

	test('has the names that saved workflows depend on', () => {
		expect(manifest.name).toBe('n8n-nodes-extend-ai');
		expect(loaded.credentials).toMatchObject([{ name: 'extendApi', displayName: 'Extend API' }]);
		expect(loaded.nodes.map(({ description }) => description.name)).toContain(
			'extendBatchRunWorkflow',
		);
		for (const { path, description } of loaded.nodes) {
			expect(description.displayName).toBe(NODE_NAMES[description.name]);
			expect(basename(path).toLowerCase()).toBe(`${description.name}.node.js`.toLowerCase());
			expect([description.version].flat()).toContain(1);
			expect(description.credentials).toMatchObject([{ name: 'extendApi', required: true }]);
		}
	});

	test('has an icon for light and one for dark, square and different', () => {
		const owners = [
			...loaded.nodes.map(({ path, description }) => ({ path, icon: description.icon })),
			...loaded.credentials,
		];
		for (const { path, icon } of owners) {
			const { light, dark } = icon as { light: string; dark: string };
			const drawings = [light, dark].map((address) => {
				expect(address).toMatch(/^file:.+\.svg$/);
				const file = posix.join(posix.dirname(path), address.slice('file:'.length));
				expect(unpacked.files).toContain(file);
				return read(file);
			});
			expect(drawings[0]).not.toBe(drawings[1]);
			for (const drawing of drawings) {
				expect(drawing).toMatch(
					/^\s*(<\?xml[^>]*>\s*)?<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
				);
				const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(drawing) ?? [];
				expect(Number(width)).toBeGreaterThan(0);
				expect(height).toBe(width);
				expect(drawing).not.toMatch(/<script|<image|href=|\son\w+=/i);
			}
		}
	});

	test('describes each node for the search and for help', () => {
		for (const { path, description } of loaded.nodes) {
			const codex = readJson(path.replace(/\.js$/, '.json')) as {
				node: string;
				categories: string[];
				alias: string[];
				resources: Record<string, Array<{ url: string }>>;
			};
			expect(codex.node).toBe(`${manifest.name}.${description.name}`);
			expect(codex.categories.length).toBeGreaterThan(0);
			// n8n's node panel leaves nodes of this category out of its search.
			expect(codex.categories).not.toContain('AI');
			const searched = [description.displayName, ...codex.alias].map((text) => text.toLowerCase());
			expect(SEARCH_WORDS.filter((word) => !searched.some((text) => text.includes(word)))).toEqual(
				[],
			);
			// Without this block n8n drops the whole file.
			expect(codex.resources.primaryDocumentation?.[0]?.url).toMatch(/^https:\/\//);
			expect(codex.resources.credentialDocumentation?.[0]?.url).toMatch(/^https:\/\//);
		}
	});

	test('needs no other package and runs nothing when it is installed', () => {
		expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
		expect(manifest.bundledDependencies).toBeUndefined();
		expect(Object.keys(manifest.scripts)).not.toEqual(
			expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$|^prepare$/)]),
		);
	});

	test('is small, and holds nothing but what n8n and people read', () => {
		const allowed =
			/^(dist\/.+\.(js|d\.ts|json|svg)|index\.js|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
		expect(unpacked.files.filter((path) => !allowed.test(path))).toEqual([]);
		expect(
			unpacked.files.filter((path) => /test|\.map$|simulator|tsconfig|tsbuildinfo/i.test(path)),
		).toEqual([]);
		expect(unpacked.tarballBytes).toBeLessThan(200_000);
		process.stdout.write(
			`The package has ${unpacked.tarballBytes} bytes packed, in ${unpacked.files.length} files.\n`,
		);
	});

	test('names no place on the machine it was made on', () => {
		const places = [REPOSITORY, `${homedir()}/`, `${tmpdir()}/`].map((place) =>
			place.toLowerCase(),
		);
		// README says what to enter in n8n's own container, where n8n lives in /home/node.
		const general =
			/\bregistry\.|\/home\/(?!node\b)\w|\/users\/\w|[a-z]:\\\\?users|\bfile:\/\/|sourceMappingURL/i;
		for (const path of unpacked.files) {
			const text = read(path);
			expect([path, general.exec(text)?.[0]]).toEqual([path, undefined]);
			expect([path, places.find((place) => text.toLowerCase().includes(place))]).toEqual([
				path,
				undefined,
			]);
		}
	});

	test('has a lock file that names no host to download from', () => {
		const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
			packages: Record<string, { resolved?: string; link?: boolean }>;
		};
		const resolved = Object.values(lock.packages).filter((entry) => entry.resolved !== undefined);
		expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
		expect(resolved).toEqual([]);
	});
});

describe('the output preview', () => {
	const where = () => {
		const { path, description } = loaded.nodes.find(
			(node) => node.description.name === 'extendBatchRunWorkflow',
		)!;
		return {
			nodeDir: dirname(join(unpacked.directory, path)),
			version: description.version as number,
		};
	};

	test('lies where the editor asks for it, and where n8n looks on its own', () => {
		const path = resolveOutputSchemaPath(where());
		expect(path).toBe(join(where().nodeDir, '__schema__', 'v1.0.0.json'));
		expect(loadOutputSchema(where())).toBeDefined();
		expect(loadOutputSchema({ ...where(), versionFallback: true })).toEqual(
			loadOutputSchema(where()),
		);
	});

	test('is there for each version of each node', () => {
		for (const { path, description } of loaded.nodes) {
			const nodeDir = dirname(join(unpacked.directory, path));
			for (const version of [description.version].flat()) {
				const operations = operationsOf(description);
				const choices = operations.length === 0 ? [{}] : operations;
				for (const choice of choices) {
					expect(loadOutputSchema({ nodeDir, version, ...choice })).toBeDefined();
				}
			}
		}
	});

	test('shows exactly what the node puts out', () => {
		const settings = {
			workflowId: 'workflow_a',
			version: '',
			batchSize: 1000,
			output: 'batch',
			reference: true,
			onUnknownOutcome: 'resubmit',
			settleSeconds: 60,
			isolateBadInputs: true,
		} as const;
		const input = {
			itemIndex: 0,
			settings,
			document: 'fileId:file_a',
			content: 'fileId:file_a',
			file: { id: 'file_a' },
			upload: undefined,
			metadata: undefined,
			secrets: undefined,
			confidential: [],
		};
		const batch = {
			batchId: 'batch_a',
			workflowId: 'workflow_a',
			version: '',
			submittedAt: '2026-02-09T12:00:00.000Z',
			size: 1,
			inputs: [input],
			positions: [0],
		};
		const result = {
			accepted: [batch],
			rejected: [],
			notTried: [],
			handled: new Set<string>(),
			invalidInDoubt: new Map(),
			spare: [],
			superseded: [],
			ownBatches: [],
		};
		const [item] = toItems([{ json: {} }], result, []);

		const schema = loadOutputSchema(where()) as {
			type: string;
			properties: Record<string, { type: string }>;
		};
		expect(schema.type).toBe('object');
		const types = Object.entries(item?.json ?? {}).map(([name, value]) => [
			name,
			Number.isInteger(value) ? 'integer' : typeof value,
		]);
		expect(Object.entries(schema.properties).map(([name, { type }]) => [name, type])).toEqual(
			types,
		);
	});

	test.each([
		['extendListRunsByBatch', 1, (row: IDataObject) => row],
		['extendTrigger', 1.1, finishedWith],
		['extendPollingTrigger', 1, finishedWith],
	])('of %s shows the columns of a run, in their order', (name, version, itemOf) => {
		const { path } = loaded.nodes.find(({ description }) => description.name === name)!;
		const nodeDir = dirname(join(unpacked.directory, path));
		const schema = loadOutputSchema({ nodeDir, version }) as { properties: object };
		const row = simplifyRun(FINISHED_RUN);
		expect(Object.keys(schema.properties)).toEqual(Object.keys(itemOf(row)));
	});
});

/** A row as both triggers give it when its batch is finished. */
function finishedWith(row: IDataObject): IDataObject {
	return batchReport('batch_a', [], [row])[0]!;
}

/** A run with one step, whose values the previews show. */
const FINISHED_RUN = {
	object: 'workflow_run',
	id: 'workflow_run_a',
	status: 'PROCESSED',
	batchId: 'batch_a',
	metadata: { n8n: { submission: 's', item: 0, of: 1, workflow: 'w', execution: '1' } },
	files: [{ id: 'file_a', name: 'invoice.pdf' }],
	stepRuns: [
		{
			stepType: 'EXTRACT',
			status: 'PROCESSED',
			step: { name: 'extract', type: 'EXTRACT' },
			result: {
				extractRun: {
					output: {
						value: { invoice_number: 'INV-42', total: 120.5 },
						metadata: { total: { ocrConfidence: 0.9, logprobsConfidence: 0.8 } },
					},
				},
			},
		},
	],
} as unknown as WorkflowRun;
