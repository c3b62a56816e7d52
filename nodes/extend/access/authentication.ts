import { cleaned } from '../../parameters/checks';
import { API_VERSION, baseUrlOf } from './regions';
import type { ExtendApiCredential } from './regions';

/** A credential as it is used: whole addresses, and nothing around values that nobody sees. */
export interface Access {
	baseUrl: string;
	token: string;
	/** Empty: the token belongs to one workspace. */
	workspaceId: string;
}

/** Reads a credential. Whatever its fields hold, this does not fail; `headersFor` may. */
export function accessOf(credential: Partial<ExtendApiCredential>): Access {
	const { apiToken = '', workspaceId = '' } = credential;
	return {
		baseUrl: baseUrlOf(credential),
		// Copied from the documentation, it comes with the word before it.
		token: cleaned(cleaned(apiToken).replace(/^Bearer\s/i, '')),
		workspaceId: cleaned(workspaceId),
	};
}

/** What an HTTP header can carry of a token or an id. */
const SENDABLE = /^[\x21-\x7e]*$/;

/**
 * The headers that each call of Extend needs: the token, the version of the API and, where given, the workspace.
 * @throws Error that says which field of the credential cannot be sent, without its value
 */
export function headersFor({ token, workspaceId }: Access): Record<string, string> {
	if (token === '') throw new Error('The API Token of the Extend API credential is empty.');
	for (const [field, value] of [
		['API Token', token],
		['Workspace ID', workspaceId],
	] as const) {
		if (SENDABLE.test(value)) continue;
		throw new Error(
			`The ${field} in the Extend API credential contains a space, a line break or another character that does not belong there. Copy it again.`,
		);
	}
	return {
		Authorization: `Bearer ${token}`,
		'x-extend-api-version': API_VERSION,
		...(workspaceId === '' ? {} : { 'x-extend-workspace-id': workspaceId }),
	};
}
