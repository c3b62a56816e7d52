import type {
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { accessOf, headersFor } from '../access/authentication';
import { explain, quote } from '../failures/explanation';
import { withBlotted } from '../failures/failure';
import type { CallFailure } from '../failures/failure';
import { Secrets } from '../failures/secrets';
import { Transport } from '../client/transport';
import type { Ask } from '../client/transport';
import type { ListPage } from '../client/client';
import { capital } from '../failures/wording';

/** How long the person who tests a credential waits at most, in milliseconds. */
const LONGEST_TEST_MS = 20_000;

const NO_API =
	'This address is not that of the Extend API. Check Region, or Base URL if the region is Custom.';

/** What a failed test means, where the words for other calls would not fit. */
function verdictOn(failure: CallFailure): string {
	const { kind, status = 0 } = failure;
	if (status === 404 || (kind === 'unknown' && status > 0 && status < 400)) return NO_API;
	if (status === 403) {
		return 'Extend recognizes this API token, but it may not read workflows here. Check the permissions of the token and the Workspace ID.';
	}
	if (status === 429) {
		return 'Extend is receiving too many requests from this organization right now. Wait a moment and test again.';
	}
	const { happened, advice } = explain(failure, 'API');
	return [`${capital(happened)}.`, advice, quote(failure)].filter(Boolean).join(' ');
}

/** Tests the credential by listing one workflow, which is the lightest call that needs a token. */
export async function testExtendApi(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const access = accessOf(data);
	// The only HTTP helper that n8n has in the test of a credential; it knows options of an older form.
	const { helpers } = this;
	const ask: Ask = async ({ baseURL, url, qs, headers, timeout }) => {
		const options = {
			method: 'GET',
			qs,
			headers: { ...headers, ...headersFor(access) },
			json: true,
			timeout,
			followRedirect: false,
			simple: false,
			resolveWithFullResponse: true,
		};
		return (await helpers.request(`${baseURL ?? ''}${url}`, options)) as Awaited<ReturnType<Ask>>;
	};
	const outcome = await new Transport(ask, access.baseUrl, undefined).send<
		Partial<ListPage<unknown>>
	>({
		method: 'GET',
		path: '/workflows',
		query: { maxPageSize: 1 },
		timeoutMs: LONGEST_TEST_MS,
		leftMs: LONGEST_TEST_MS,
	});
	if (outcome.ok) {
		return Array.isArray(outcome.body.data)
			? { status: 'OK', message: 'Connection successful!' }
			: { status: 'Error', message: NO_API };
	}
	const secrets = new Secrets();
	secrets.keep(access.token);
	const failure = withBlotted(outcome.failure, (text) => secrets.blotOut(text));
	return { status: 'Error', message: verdictOn(failure) };
}
