import packageJson from '../../package.json';
import type { N8nClient } from '../harness/n8n/client';
import { jsonText } from '../harness/n8n/jsonText';
import type { Json, TypeDescription } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';

const PACKAGE = packageJson.name;

/** `dist/nodes/ExtendTrigger/ExtendTrigger.node.js` is the node type `extendTrigger`. */
function typeName(path: string): string {
	const className = /([^/]+)\.(?:node|credentials)\.js$/.exec(path)?.[1] ?? '';
	return className.charAt(0).toLowerCase() + className.slice(1);
}

/** Whether a choice is of the node itself, and not n8n's “Custom API Call”. */
function isOwn({ value }: { value?: Json }): boolean {
	return value !== '__CUSTOM_API_CALL__';
}

/** Where the editor asks for output previews: one for a node, or one for each of its operations. */
function previewPaths({ name, version, defaultVersion, properties }: TypeDescription): string[] {
	const newest = Number(defaultVersion ?? [version].flat().at(-1));
	const folder = `/schemas/${name}/${newest}${Number.isInteger(newest) ? '.0' : ''}.0`;
	const operations = properties
		.filter((property) => property.name === 'operation')
		.flatMap(({ displayOptions, options = [] }) =>
			(displayOptions?.show?.resource ?? []).flatMap((resource) =>
				options
					.filter(isOwn)
					.map(({ value }) => `${folder}/${jsonText(resource)}/${jsonText(value)}.json`),
			),
		);
	return operations.length === 0 ? [`${folder}.json`] : operations;
}

async function expectIcons(client: N8nClient, { name, iconUrl }: TypeDescription): Promise<void> {
	expect({ name, iconUrl }).toEqual({
		name,
		iconUrl: { light: expect.any(String) as string, dark: expect.any(String) as string },
	});
	if (typeof iconUrl !== 'object') return;
	expect(iconUrl.light).not.toBe(iconUrl.dark);
	for (const path of [iconUrl.light, iconUrl.dark]) {
		const file = await client.file(`/${path}`);
		expect(file).toMatchObject({
			status: 200,
			contentType: expect.stringContaining('svg') as string,
		});
		expect(file.text).toContain('<svg');
	}
}

describe('the packed package in n8n', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('every node of package.json is offered, with icons', async () => {
		const offered = (await bench.client.nodeTypes()).filter(({ name }) =>
			name.startsWith(`${PACKAGE}.`),
		);
		const expected = packageJson.n8n.nodes.map((path) => `${PACKAGE}.${typeName(path)}`);
		expect(offered.map(({ name }) => name)).toEqual(expect.arrayContaining(expected));
		for (const type of offered) await expectIcons(bench.client, type);
	});

	test('every node has an output preview in its newest version, and for each of its operations', async () => {
		const types = (await bench.client.nodeTypes()).filter(
			({ name }) => name.startsWith(`${PACKAGE}.`) && !name.endsWith('Tool'),
		);
		const paths = types.flatMap(previewPaths);
		expect(paths).toEqual([...new Set(paths)]);
		for (const path of paths) {
			const file = await bench.client.file(path);
			expect([path, file.status]).toEqual([path, 200]);
			expect(JSON.parse(file.text)).toMatchObject({ type: 'object' });
		}
	});

	test('the batch node can be used as a tool', async () => {
		const names = (await bench.client.nodeTypes()).map(({ name }) => name);
		expect(names).toContain(`${PACKAGE}.extendBatchRunWorkflowTool`);
	});

	test('the credential is offered, with icons', async () => {
		const types = await bench.client.credentialTypes();
		const found = types.find(({ name }) => name === 'extendApi');
		expect(found).toMatchObject({ displayName: 'Extend API' });
		if (found) await expectIcons(bench.client, found);
	});
});
