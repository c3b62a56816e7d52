import type { IWebhookFunctions } from 'n8n-workflow';

import { isObject } from '../../parameters/checks';
import { whyNotFetched } from '../../extend/access/publicAddress';
import { baseUrlOf } from '../../extend/access/regions';
import type { ExtendApiCredential } from '../../extend/access/regions';

/** Longest time and largest size of a download: n8n must answer within 30 s, and holds it in memory. */
const LONGEST_MS = 20_000;
const MOST_BYTES = 100 * 1024 * 1024;

/** What n8n's helper gives for `encoding: 'stream'`. */
interface Download {
	statusCode: number;
	body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** What an event tells. */
export interface Payload {
	payload: Record<string, unknown>;
}

/** Why a payload could not be had. */
export interface NoPayload {
	trouble: string;
	/** Whether its link must not be followed, now or later. */
	isRefused?: boolean;
}

/** The address at which a payload lies that was too large to be sent, if it was. */
export function linkIn(payload: Record<string, unknown>): string | undefined {
	const { object, data } = payload;
	if (typeof data !== 'string') return undefined;
	if (object === 'signed_data_url') return data;
	return object === undefined && /^https?:\/\//i.test(data) ? data : undefined;
}

/** Where Extend answers; nowhere if the credential cannot be had, and then nothing private is trusted. */
async function apiBaseUrlOf(context: IWebhookFunctions): Promise<string> {
	try {
		return baseUrlOf(await context.getCredentials<ExtendApiCredential>('extendApi'));
	} catch {
		return '';
	}
}

/**
 * Fetches a payload from its signed link, without the token. Its size and the time it takes are bounded.
 * @param withinMs how much time there is
 */
export async function download(
	context: IWebhookFunctions,
	address: string,
	withinMs: number,
): Promise<Payload | NoPayload> {
	const objection = whyNotFetched(address, await apiBaseUrlOf(context));
	if (objection !== undefined) {
		return { trouble: `its link is not followed: ${objection}`, isRefused: true };
	}
	// The helper's own time-out does not end a connection that falls silent after its first bytes.
	const late = AbortSignal.timeout(Math.min(LONGEST_MS, Math.max(0, withinMs)));
	let stream: Download['body'] | undefined;
	try {
		const answer = (await context.helpers.httpRequest({
			method: 'GET',
			url: address,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			// The link is checked, where it leads on to is not.
			disableFollowRedirect: true,
			abortSignal: late,
		})) as Download;
		stream = answer.body;
		if (answer.statusCode !== 200)
			return { trouble: `its link returned HTTP ${answer.statusCode}` };
		const parts: Uint8Array[] = [];
		let bytes = 0;
		for await (const part of stream) {
			parts.push(part);
			bytes += part.length;
			if (bytes > MOST_BYTES) return { trouble: 'it is larger than 100 MB' };
		}
		const payload: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
		return isObject(payload) ? { payload } : { trouble: 'it is not an object' };
	} catch {
		// The words of the network or of the parser may quote the link or the payload.
		return {
			trouble: late.aborted ? 'it takes too long to arrive' : 'it could not be read from its link',
		};
	} finally {
		stream?.destroy();
	}
}
