import {
	API_VERSION,
	OTHER_WORKSPACE_WORKFLOW,
	SEED_WORKFLOWS,
	startSimulator,
	TOKENS,
	WORKSPACES,
	type Simulator,
} from '../simulator';
import { sdk, urlInputs } from './clients';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator();
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
});

it('lists workflows without their steps', async () => {
	const { data } = await sdk(simulator).workflows.list();
	expect(data.map(({ name }) => name).sort()).toEqual(Object.values(SEED_WORKFLOWS).sort());
	expect(data[0]).toMatchObject({ object: 'workflow', id: expect.stringMatching(/^workflow_/) });
	expect(data[0]).not.toHaveProperty('draftVersion');
});

it('pages through many workflows', async () => {
	simulator.addWorkflows(250);
	const client = sdk(simulator);
	const names = new Set<string>();
	let nextPageToken: string | undefined;
	do {
		const page = await client.workflows.list({ maxPageSize: 100, nextPageToken });
		for (const { name } of page.data) names.add(name);
		nextPageToken = page.nextPageToken;
	} while (nextPageToken !== undefined);
	expect(names.size).toBe(254);
	const sorted = await client.workflows.list({
		sortBy: 'createdAt',
		sortDir: 'asc',
		maxPageSize: 1,
	});
	expect(sorted.data[0]?.name).toBe(SEED_WORKFLOWS.contracts);
});

it('retrieves a workflow with its draft', async () => {
	const { id, name } = simulator.workflow(SEED_WORKFLOWS.invoices);
	const workflow = await sdk(simulator).workflows.retrieve(id);
	expect(workflow).toMatchObject({ name, draftVersion: { version: 'draft' } });
	expect(workflow.draftVersion.steps.map(({ type }) => type)).toEqual([
		'TRIGGER',
		'PARSE',
		'CLASSIFY',
		'EXTRACT',
	]);
});

it('lists versions with the draft, newest first', async () => {
	const client = sdk(simulator);
	const versionsOf = async (name: string) => {
		const { data } = await client.workflowVersions.list(simulator.workflow(name).id);
		return data.map(({ version }) => version);
	};
	expect(await versionsOf(SEED_WORKFLOWS.invoices)).toEqual(['3', '2', '1', 'draft']);
	expect(await versionsOf(SEED_WORKFLOWS.contracts)).toEqual(['draft']);
});

it('retrieves versions by number, word and id', async () => {
	const client = sdk(simulator);
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	const byNumber = await client.workflowVersions.retrieve(id, '3');
	expect(byNumber).toMatchObject({ object: 'workflow_version', version: '3' });
	expect(await client.workflowVersions.retrieve(id, 'latest')).toEqual(byNumber);
	expect(await client.workflowVersions.retrieve(id, byNumber.id)).toEqual(byNumber);
	expect(await client.workflowVersions.retrieve(id, 'draft')).toMatchObject({ version: 'draft' });
	await expect(client.workflowVersions.retrieve(id, '4')).rejects.toMatchObject({
		statusCode: 404,
	});
});

it('creates, updates and deploys', async () => {
	const client = sdk(simulator);
	const created = await client.workflows.create({ name: 'New' });
	expect(created.draftVersion.steps.map(({ type }) => type)).toEqual(['TRIGGER', 'PARSE']);
	await client.workflows.update(created.id, { name: 'Renamed' });
	expect(await client.workflows.retrieve(created.id)).toMatchObject({ name: 'Renamed' });
	const deployed = await client.workflowVersions.create(created.id, { name: 'First' });
	expect(deployed).toMatchObject({ version: '1', name: 'First' });
	const steps = [{ type: 'EXTRACT' as const, name: 'extract' }];
	await expect(client.workflowVersions.create(created.id, { steps })).rejects.toMatchObject({
		statusCode: 400,
	});
});

it('can lose a workflow, whose runs stay', async () => {
	const client = sdk(simulator);
	const { id } = simulator.workflow(SEED_WORKFLOWS.receipts);
	const workflow = { id };
	const inputs = urlInputs(2);
	const { batchId } = await client.workflowRuns.createBatch({ workflow, inputs });
	const { id: webhookEndpointId } = await client.webhookEndpoints.create({
		url: 'https://example.com/hook',
		name: 'x',
		enabledEvents: [],
		apiVersion: API_VERSION,
	});
	await client.webhookSubscriptions.create({
		webhookEndpointId,
		resourceType: 'workflow',
		resourceId: id,
		enabledEvents: ['workflow_run.completed'],
	});
	simulator.removeWorkflow(id);
	await expect(client.workflows.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
	await expect(client.workflowRuns.createBatch({ workflow, inputs })).rejects.toMatchObject({
		statusCode: 404,
		body: { message: `Workflow not found: ${id}` },
	});
	expect((await client.webhookSubscriptions.list()).data).toEqual([]);
	expect((await client.workflowRuns.list({ batchId })).data).toHaveLength(2);
	expect(() => {
		simulator.removeWorkflow(id);
	}).toThrow('not found');
});

it.each(['extractors', 'classifiers', 'splitters'] as const)('lists %s', async (kind) => {
	const { data = [] } = await sdk(simulator)[kind].list({ maxPageSize: 1 });
	expect(data).toHaveLength(1);
	expect(data[0]).toMatchObject({ id: expect.any(String), name: expect.any(String) });
});

it('keeps workspaces apart', async () => {
	const headers = { 'x-extend-workspace-id': WORKSPACES.other };
	const client = sdk(simulator, { token: TOKENS.organization, headers });
	const { data } = await client.workflows.list();
	expect(data.map(({ name }) => name)).toEqual([OTHER_WORKSPACE_WORKFLOW]);
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	await expect(client.workflows.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
});
