import { createHmac } from 'node:crypto';

/**
 * The headers that prove a delivery (Extend docs, "Webhook configuration"): HMAC-SHA256 in lower-case
 * hex over `v0:<unix seconds>:<raw body>`, keyed with the whole secret, its `wss_` included.
 */
export function signatureHeaders(
	secret: string,
	body: string,
	nowMs: number,
): Record<string, string> {
	const timestamp = String(Math.floor(nowMs / 1000));
	const message = `v0:${timestamp}:${body}`;
	return {
		'x-extend-request-timestamp': timestamp,
		'x-extend-request-signature': createHmac('sha256', secret).update(message).digest('hex'),
	};
}
