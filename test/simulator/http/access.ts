import { ApiError } from './errors';

/** Tokens the simulator knows. Any other one gets a 401. */
export const TOKENS = {
	/** Belongs to one workspace, `WORKSPACES.main`. */
	workspace: 'sk_sim_workspace',
	/** Belongs to the organization: each call must name its workspace. */
	organization: 'sk_sim_organization',
	/** Valid in another region only, so this host answers 401. */
	otherRegion: 'sk_sim_other_region',
	/** Belongs to `WORKSPACES.main` and may only read: everything else is a 403. */
	readOnly: 'sk_sim_read_only',
} as const;

/** Workspaces of the simulated organization. */
export const WORKSPACES = { main: 'ws_sim_main', other: 'ws_sim_other' } as const;

/** The only version of the API that the simulator speaks. */
export const API_VERSION = '2026-02-09';

/** Request headers, lower-cased, as Node gives them. */
type Headers = Record<string, string | string[] | undefined>;

/**
 * The workspace that a call acts in. Throws the API's own error when the token is unknown (401), the
 * version is missing or not offered (400), or the workspace is missing (400) or not allowed (403).
 */
export function authorize(headers: Headers, readsOnly: boolean): string {
	const token = /^Bearer (.+)$/i.exec(single(headers.authorization) ?? '')?.[1];
	if (token === undefined) {
		const problem = 'Authorization header is missing or malformed.';
		throw new ApiError(401, 'UNAUTHORIZED', problem);
	}
	const known: readonly string[] = [TOKENS.workspace, TOKENS.organization, TOKENS.readOnly];
	if (!known.includes(token)) throw new ApiError(401, 'UNAUTHORIZED', 'Invalid API key.');
	checkVersion(single(headers['x-extend-api-version']));
	if (token === TOKENS.readOnly && !readsOnly) {
		throw new ApiError(403, 'FORBIDDEN', 'This API key does not have permission to do this');
	}
	const wanted = single(headers['x-extend-workspace-id']);
	if (token === TOKENS.organization) {
		if (!wanted) {
			throw new ApiError(
				400,
				'INVALID_REQUEST',
				'Organization API keys must name a workspace in the x-extend-workspace-id header',
			);
		}
		if (wanted in WORKSPACE_IDS) return wanted;
	} else if (!wanted || wanted === WORKSPACES.main) {
		return WORKSPACES.main;
	}
	throw new ApiError(403, 'FORBIDDEN', `This API key has no access to the workspace ${wanted}`);
}

const WORKSPACE_IDS: Record<string, true> = { [WORKSPACES.main]: true, [WORKSPACES.other]: true };

function checkVersion(version: string | undefined): void {
	if (version === API_VERSION) return;
	const problem =
		version === undefined
			? 'The x-extend-api-version header is required'
			: `Unsupported API version: ${version}`;
	throw new ApiError(400, 'INVALID_REQUEST', problem);
}

function single(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value[0] : value;
}
