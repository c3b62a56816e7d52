import { setTimeout as pause } from 'node:timers/promises';

import axios, { type AxiosInstance } from 'axios';

import {
	API_VERSION,
	baseUrlOf,
	REGION_BASE_URLS,
	whyNotABaseUrl,
	type ExtendApiCredential,
} from '../nodes/extend/access/regions';
import { StartupError } from '../test/harness/n8n/startupError';

import type { Service } from './service';

/** How the real service is reached, as the environment says it. */
export interface RealServiceSettings {
	credential: ExtendApiCredential;
	workflowId: string;
}

const PAGE_SIZE = 1_000;
/** Runs may show up in lists some time after their batch was accepted. */
const SETTLE_MS = 60_000;
const POLL_MS = 3_000;

/**
 * Reads the settings of the real service, if the environment holds any. Says what is missing when
 * there is a token but not all of the rest.
 */
export function realServiceSettings(
	env: NodeJS.ProcessEnv,
): RealServiceSettings | { missing: string[] } | undefined {
	const { EXTEND_API_TOKEN: apiToken, EXTEND_WORKFLOW_ID: workflowId } = env;
	const { EXTEND_REGION: region, EXTEND_BASE_URL: baseUrl, EXTEND_WORKSPACE_ID: workspaceId } = env;
	if (!apiToken) return undefined;
	const missing = [
		...(workflowId ? [] : ['EXTEND_WORKFLOW_ID']),
		...(region ? [] : ['EXTEND_REGION']),
		...(region === 'custom' && !baseUrl ? ['EXTEND_BASE_URL'] : []),
	];
	if (!workflowId || !region || missing.length > 0) return { missing };
	if (!isRegion(region)) {
		throw new StartupError(
			`EXTEND_REGION is "${region}".`,
			`Set it to ${Object.keys(REGION_BASE_URLS).join(', ')}, or to custom together with EXTEND_BASE_URL.`,
		);
	}
	const credential = {
		apiToken,
		region,
		...(baseUrl && { baseUrl }),
		...(workspaceId && { workspaceId }),
	};
	const objection = whyNotABaseUrl(baseUrlOf(credential));
	if (objection !== undefined) {
		throw new StartupError(
			`EXTEND_BASE_URL cannot be used: ${objection}.`,
			'Give it as a complete https:// address without a path.',
		);
	}
	return { credential, workflowId };
}

function isRegion(text: string): text is NonNullable<ExtendApiCredential['region']> {
	return text === 'custom' || text in REGION_BASE_URLS;
}

/** The real Extend service. Nothing is called until the workflow in n8n runs. */
export function realService({ credential, workflowId }: RealServiceSettings): Service {
	const address = baseUrlOf(credential);
	const http = axios.create({
		baseURL: address,
		headers: {
			Authorization: `Bearer ${credential.apiToken}`,
			'x-extend-api-version': API_VERSION,
			...(credential.workspaceId && { 'x-extend-workspace-id': credential.workspaceId }),
		},
	});
	return {
		name: `the real Extend service at ${address}`,
		credential: { ...credential },
		workflow: { id: workflowId, name: workflowId },
		documentFolder: undefined,
		accepted: () => undefined,
		account: async (documents, batchIds) => {
			const runs = await settledRuns(http, batchIds, documents.length);
			return {
				documents: documents.length,
				batches: batchIds.length,
				runs,
				doubled: Math.max(0, runs - documents.length),
				lost: Math.max(0, documents.length - runs),
			};
		},
		close: async () => {},
	};
}

async function settledRuns(
	http: AxiosInstance,
	batchIds: readonly string[],
	expected: number,
): Promise<number> {
	const deadline = Date.now() + SETTLE_MS;
	for (;;) {
		let runs = 0;
		for (const batchId of batchIds) runs += await countRuns(http, batchId);
		if (runs >= expected || Date.now() > deadline) return runs;
		await pause(POLL_MS);
	}
}

interface RunPage {
	data: Array<{ id: string }>;
	nextPageToken?: string | null;
}

async function countRuns(http: AxiosInstance, batchId: string): Promise<number> {
	const ids = new Set<string>();
	let nextPageToken: string | undefined;
	do {
		const { data: page } = await http.get<RunPage>('/workflow_runs', {
			params: { batchId, maxPageSize: PAGE_SIZE, nextPageToken },
		});
		for (const { id } of page.data) ids.add(id);
		nextPageToken = page.nextPageToken ?? undefined;
	} while (nextPageToken !== undefined);
	return ids.size;
}
