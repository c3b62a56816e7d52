import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** A request to send. */
export interface Posting {
	url: string;
	headers: Record<string, string>;
	body: string;
	/** Milliseconds until the whole exchange counts as failed. */
	timeoutMs: number;
	/** Gives the exchange up. */
	signal: AbortSignal;
}

/**
 * Posts a body over a connection of its own and gives the status of the answer. Follows no
 * redirects. Rejects when there is no whole answer in time.
 */
export async function post({ url, headers, body, timeoutMs, signal }: Posting): Promise<number> {
	const send = url.startsWith('https:') ? requestHttps : requestHttp;
	const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
	return await new Promise((resolve, reject) => {
		const outgoing = send(
			url,
			{
				method: 'POST',
				agent: false,
				signal: limit,
				headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
			},
			(answer) => {
				answer.once('end', () => {
					resolve(answer.statusCode ?? 0);
				});
				answer.once('error', reject);
				answer.resume();
			},
		);
		outgoing.once('error', reject);
		outgoing.end(body);
	});
}
