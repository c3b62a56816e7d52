import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';

import { cleaned, comparable } from '../../parameters/checks';
import { ExtendClient } from '../client/client';
import { toNodeError } from '../failures/explanation';
import { workflowIdOf } from '../../parameters/ids';
import type { WorkflowSummary, WorkflowVersionSummary } from './types';

/** The address of a workflow's page in a dashboard. */
export function workflowPage(dashboardUrl: string, workflowId: string): string {
	return `${dashboardUrl}/workflows/${encodeURIComponent(workflowId)}`;
}

/**
 * Fills the workflow list of a resource locator. Extend cannot search by name, so a search goes through
 * all pages here; without a search each page comes when the list is scrolled to it.
 */
export async function searchWorkflows(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await ExtendClient.connect(this);
	const { dashboardUrl } = client;
	const wanted = comparable(cleaned(filter ?? ''));
	const purpose = { task: 'The workflows could not be listed' };
	const entry = ({ id, name }: WorkflowSummary) => ({
		name: name || id,
		value: id,
		...(dashboardUrl === undefined ? {} : { url: workflowPage(dashboardUrl, id) }),
	});

	if (wanted === '') {
		const page = await client.page<WorkflowSummary>('/workflows', {}, paginationToken);
		if (!page.ok) throw toNodeError(client.node, page.failure, purpose);
		return {
			results: page.body.data.map(entry),
			paginationToken: page.body.nextPageToken ?? undefined,
		};
	}
	const all = await client.list<WorkflowSummary>('/workflows', {});
	if (!all.ok) throw toNodeError(client.node, all.failure, purpose);
	const found = all.body.filter(
		({ id, name }) => comparable(name ?? '').includes(wanted) || comparable(id) === wanted,
	);
	return { results: found.map(entry) };
}

/**
 * Lists the versions of the chosen workflow, newest first, after the two that every workflow has. Of a
 * workflow that Extend does not know, only these two: running the node says what is wrong with it.
 */
export async function getWorkflowVersions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const options: INodePropertyOptions[] = [
		{
			name: 'Newest Deployed',
			value: '',
			description: 'The version deployed last, or the draft if nothing is deployed yet',
		},
		{ name: 'Draft', value: 'draft', description: 'The version that is being edited in Extend' },
	];
	const chosen = this.getCurrentNodeParameter('workflow', { extractValue: true });
	if (typeof chosen !== 'string' || chosen === '' || chosen.startsWith('=')) return options;

	const id = workflowIdOf(chosen) ?? cleaned(chosen);
	const client = await ExtendClient.connect(this);
	const all = await client.list<WorkflowVersionSummary>(
		`/workflows/${encodeURIComponent(id)}/versions`,
		{ sortDir: 'desc' },
	);
	if (!all.ok) {
		const { kind, status = 0 } = all.failure;
		if (kind === 'refused' && [400, 404, 422].includes(status)) return options;
		throw toNodeError(client.node, all.failure, {
			task: 'The versions of the workflow could not be listed',
			subject: 'workflow',
		});
	}
	for (const { version, name, createdAt } of all.body) {
		if (version === 'draft' || !version) continue;
		options.push({
			name: `Version ${version}${name ? `: ${name}` : ''}`,
			value: version,
			...(createdAt ? { description: `Deployed ${createdAt.slice(0, 10)}` } : {}),
		});
	}
	return options;
}
