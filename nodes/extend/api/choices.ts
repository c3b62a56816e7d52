import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { ExtendClient } from '../client/client';
import { PROCESSOR_TYPES } from './events';
import { toNodeError } from '../failures/explanation';
import type { WorkflowSummary } from './types';

async function listAll(
	client: ExtendClient,
	path: string,
	task: string,
): Promise<WorkflowSummary[]> {
	const listed = await client.list<WorkflowSummary>(path, {});
	if (!listed.ok) throw toNodeError(client.node, listed.failure, { task });
	return listed.body;
}

function byName(one: INodePropertyOptions, other: INodePropertyOptions): number {
	return one.name.localeCompare(other.name);
}

/** All Extend workflows, by name. */
export async function getWorkflows(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const client = await ExtendClient.connect(this);
	const workflows = await listAll(client, '/workflows', 'The workflows could not be listed');
	return workflows.map(({ id, name }) => ({ name: name || id, value: id })).sort(byName);
}

/** All extractors, classifiers and splitters, by kind and name. */
export async function getResources(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const client = await ExtendClient.connect(this);
	const choices = await Promise.all(
		PROCESSOR_TYPES.map(async (type) => {
			const found = await listAll(client, `/${type}s`, `The ${type}s could not be listed`);
			const kind = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
			return found
				.map(({ id, name }) => ({ name: `${kind}: ${name || id}`, value: `${type}:${id}` }))
				.sort(byName);
		}),
	);
	return choices.flat();
}
