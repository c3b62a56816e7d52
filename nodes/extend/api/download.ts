import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { whyNotFetched } from '../access/publicAddress';
import { baseUrlOf } from '../access/regions';
import type { ExtendApiCredential } from '../access/regions';
import { uploadTimeoutMs } from './files';

/** Most bytes that a store is expected to send where it does not tell how many there are. */
const LARGEST_UNTOLD_BYTES = 1024 * 1024 * 1024;

/** How long a store may take to begin its answer, in milliseconds. */
const FIRST_BYTE_MS = 60_000;

/** What n8n's helper gives for `encoding: 'stream'`. */
interface Answer {
	statusCode: number;
	headers: Record<string, string | undefined>;
	body: Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0] & { destroy(): void };
}

/** What came of a download; where it failed, whether another link may help. */
export type Downloaded =
	{ ok: true; file: IBinaryData } | { ok: false; happened: string; mayHelpAgain: boolean };

/** Where Extend answers. */
async function apiBaseUrlOf(context: IExecuteFunctions): Promise<string> {
	return baseUrlOf(await context.getCredentials<ExtendApiCredential>('extendApi'));
}

/**
 * Fetches the content of a file from the link that Extend gave, without the token, and streams it into n8n's
 * store. The time is bounded by the size, and ends when the execution is stopped.
 */
export async function download(
	context: IExecuteFunctions,
	address: string,
	name: string,
	signal: AbortSignal | undefined,
): Promise<Downloaded> {
	const objection = whyNotFetched(address, await apiBaseUrlOf(context));
	if (objection !== undefined) {
		const happened = `the link from Extend is not followed: ${objection}`;
		return { ok: false, happened, mayHelpAgain: false };
	}
	return await stream(context, address, name, signal);
}

async function stream(
	context: IExecuteFunctions,
	address: string,
	name: string,
	signal: AbortSignal | undefined,
): Promise<Downloaded> {
	// The helper's own time-out does not end a connection that falls silent after its first bytes.
	const late = AbortSignal.timeout(Math.ceil(uploadTimeoutMs(LARGEST_UNTOLD_BYTES)));
	let body: Answer['body'] | undefined;
	try {
		const answer = (await context.helpers.httpRequest({
			method: 'GET',
			url: address,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			// The link is checked, where it leads on to is not.
			disableFollowRedirect: true,
			timeout: FIRST_BYTE_MS,
			abortSignal: signal === undefined ? late : AbortSignal.any([late, signal]),
		})) as Answer;
		body = answer.body;
		if (answer.statusCode !== 200) {
			const happened = `the link to its content returned HTTP ${answer.statusCode}`;
			return { ok: false, happened, mayHelpAgain: true };
		}
		const mimeType = answer.headers['content-type']?.split(';')[0];
		const file = await context.helpers.prepareBinaryData(body, name, mimeType);
		return { ok: true, file };
	} catch {
		// The words of the network may quote the link, which is as good as a password.
		const happened = late.aborted
			? 'its content takes too long to arrive'
			: 'its content could not be read from its link';
		return { ok: false, happened, mayHelpAgain: !late.aborted && signal?.aborted !== true };
	} finally {
		body?.destroy();
	}
}
