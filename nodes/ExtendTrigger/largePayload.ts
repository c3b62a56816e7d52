import type { IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { isObject } from '../extend/checks';
import { isLoopbackHost } from '../extend/regions';

/** Longest time and largest size of a download: n8n must answer within 30 s, and holds it in memory. */
const LONGEST_MS = 20_000;
const MOST_BYTES = 100 * 1024 * 1024;

/** What n8n's helper gives for `encoding: 'stream'`. */
interface Download {
	statusCode: number;
	body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** The address at which a payload lies that was too large to be sent, if it was. */
export function linkIn(payload: Record<string, unknown>): string | undefined {
	const { object, data } = payload;
	if (typeof data !== 'string') return undefined;
	if (object === 'signed_data_url') return data;
	return object === undefined && /^https?:\/\//i.test(data) ? data : undefined;
}

function isAllowed(address: string): boolean {
	try {
		const { protocol, hostname } = new URL(address);
		return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
	} catch {
		return false;
	}
}

/**
 * Fetches a payload from its signed link, without the token. Its size and the time it takes are bounded.
 * @returns the payload, or why it could not be had
 */
export async function download(
	context: IWebhookFunctions,
	address: string,
): Promise<{ payload: Record<string, unknown> } | { trouble: string }> {
	if (!isAllowed(address)) return { trouble: 'its link does not begin with https://' };
	// A connection that falls silent after its first bytes would be waited for without end.
	const late = sleep(LONGEST_MS).then(() => 'late' as const);
	let stream: Download['body'] | undefined;
	try {
		const answer = (await context.helpers.httpRequest({
			method: 'GET',
			url: address,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			timeout: LONGEST_MS,
		})) as Download;
		stream = answer.body;
		if (answer.statusCode !== 200) return { trouble: `its link answers HTTP ${answer.statusCode}` };
		const parts: Uint8Array[] = [];
		let bytes = 0;
		const arriving = stream[Symbol.asyncIterator]();
		for (;;) {
			const next = await Promise.race([arriving.next(), late]);
			if (next === 'late') return { trouble: 'it takes too long to arrive' };
			if (next.done === true) break;
			parts.push(next.value);
			bytes += next.value.length;
			if (bytes > MOST_BYTES) return { trouble: 'it is larger than 100 MB' };
		}
		const payload: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
		return isObject(payload) ? { payload } : { trouble: 'it is not an object' };
	} catch {
		// The words of the network or of the parser may quote the link or the payload.
		return { trouble: 'it could not be read from its link' };
	} finally {
		stream?.destroy();
	}
}
