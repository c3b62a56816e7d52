import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';

import { cleaned } from '../../parameters/checks';
import { workflowIdOf } from '../../parameters/ids';
import { ExtendClient } from '../client/client';
import { searchNamed, versionChoices } from './choices';

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
	const pageOf =
		dashboardUrl === undefined ? undefined : (id: string) => workflowPage(dashboardUrl, id);
	return await searchNamed(client, 'workflows', { filter, paginationToken, pageOf });
}

/**
 * Lists the versions of the chosen workflow, newest first, after the two that every workflow has. Of a
 * workflow that Extend does not know, only these two: running the node says what is wrong with it.
 */
export async function getWorkflowVersions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const chosen = this.getCurrentNodeParameter('workflow', { extractValue: true });
	const id = typeof chosen === 'string' ? (workflowIdOf(chosen) ?? cleaned(chosen)) : '';
	return await versionChoices(this, 'workflow', id);
}
