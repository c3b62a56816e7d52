import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';

import { cleaned, comparable } from '../../parameters/checks';
import { ExtendClient } from '../client/client';
import { PROCESSOR_TYPES } from './events';
import type { ResourceType } from './events';
import { toNodeError } from '../failures/explanation';
import type { VersionSummary, WorkflowSummary } from './types';

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

/** What is searched for in a list. */
interface Search {
	/** A part of the name, or the whole id. */
	filter?: string;
	paginationToken?: string;
	/** The address of a thing's page, if there is one. */
	pageOf?: (id: string) => string;
}

/**
 * Fills the list of a resource locator. Extend cannot search by name, so a search goes through all pages
 * here; without a search each page comes when the list is scrolled to it.
 * @param plural as in the path: `extractors`
 */
export async function searchNamed(
	client: ExtendClient,
	plural: string,
	{ filter = '', paginationToken, pageOf }: Search,
): Promise<INodeListSearchResult> {
	const wanted = comparable(cleaned(filter));
	const path = `/${plural}`;
	const purpose = { task: `The ${plural} could not be listed` };
	const entry = ({ id, name }: WorkflowSummary) => ({
		name: name || id,
		value: id,
		...(pageOf === undefined ? {} : { url: pageOf(id) }),
	});
	if (wanted === '') {
		const page = await client.page<WorkflowSummary>(path, {}, paginationToken);
		if (!page.ok) throw toNodeError(client.node, page.failure, purpose);
		return {
			results: page.body.data.map(entry),
			paginationToken: page.body.nextPageToken ?? undefined,
		};
	}
	const all = await client.list<WorkflowSummary>(path, {});
	if (!all.ok) throw toNodeError(client.node, all.failure, purpose);
	const found = all.body.filter(
		({ id, name }) => comparable(name ?? '').includes(wanted) || comparable(id) === wanted,
	);
	return { results: found.map(entry) };
}

/** Fills the extractor list of a resource locator. */
export async function searchExtractors(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await ExtendClient.connect(this);
	return await searchNamed(client, 'extractors', { filter, paginationToken });
}

/** Fills the classifier list of a resource locator. */
export async function searchClassifiers(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await ExtendClient.connect(this);
	return await searchNamed(client, 'classifiers', { filter, paginationToken });
}

/** Fills the splitter list of a resource locator. */
export async function searchSplitters(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await ExtendClient.connect(this);
	return await searchNamed(client, 'splitters', { filter, paginationToken });
}

/** Choices that everything with versions has; Extend has its own word for making a version. */
function alwaysThere(type: ResourceType): INodePropertyOptions[] {
	const [name, made] =
		type === 'workflow' ? ['Newest Deployed', 'deployed'] : ['Newest Published', 'published'];
	return [
		{
			name,
			value: '',
			description: `The version ${made} most recently, or the draft if there is none yet`,
		},
		{ name: 'Draft', value: 'draft', description: 'The version that is being edited in Extend' },
	];
}

/**
 * Lists the versions of a thing, newest first, after the two that everything has. Of one that Extend does
 * not know, only these two: running the node says what is wrong with it.
 * @param id empty, or an expression, if none is chosen yet
 */
export async function versionChoices(
	context: ILoadOptionsFunctions,
	type: ResourceType,
	id: string,
): Promise<INodePropertyOptions[]> {
	const options = alwaysThere(type);
	if (id === '' || id.startsWith('=')) return options;
	const client = await ExtendClient.connect(context);
	const path = `/${type}s/${encodeURIComponent(id)}/versions`;
	const all = await client.list<VersionSummary>(path, { sortDir: 'desc' });
	if (!all.ok) {
		const { kind, status = 0 } = all.failure;
		if (kind === 'refused' && [400, 404, 422].includes(status)) return options;
		throw toNodeError(client.node, all.failure, {
			task: `The versions of the ${type} could not be listed`,
			subject: type,
		});
	}
	for (const { version, name, description, createdAt } of all.body) {
		if (version === 'draft' || !version) continue;
		const title = name || description;
		options.push({
			name: `Version ${version}${title ? `: ${title}` : ''}`,
			value: version,
			...(createdAt
				? {
						description: `${type === 'workflow' ? 'Deployed' : 'Published'} ${createdAt.slice(0, 10)}`,
					}
				: {}),
		});
	}
	return options;
}

async function versionsOf(
	context: ILoadOptionsFunctions,
	type: (typeof PROCESSOR_TYPES)[number],
): Promise<INodePropertyOptions[]> {
	const chosen = context.getCurrentNodeParameter(type, { extractValue: true });
	return await versionChoices(context, type, typeof chosen === 'string' ? cleaned(chosen) : '');
}

/** The versions of the chosen extractor; see `versionChoices`. */
export async function getExtractorVersions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await versionsOf(this, 'extractor');
}

/** The versions of the chosen classifier; see `versionChoices`. */
export async function getClassifierVersions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await versionsOf(this, 'classifier');
}

/** The versions of the chosen splitter; see `versionChoices`. */
export async function getSplitterVersions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await versionsOf(this, 'splitter');
}
