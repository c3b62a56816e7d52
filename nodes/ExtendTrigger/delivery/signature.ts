import { createHmac, timingSafeEqual } from 'crypto';

/**
 * Signatures of webhook deliveries, as the official SDK checks them (`wrapper/webhooks`): HMAC-SHA256
 * over `v0:<timestamp>:<raw body>` with the whole secret, in hex.
 */

/** Header with the time of a delivery, in seconds since 1970. */
export const TIMESTAMP_HEADER = 'x-extend-request-timestamp';

/** Header with the signature of a delivery. */
export const SIGNATURE_HEADER = 'x-extend-request-signature';

/** How old a delivery may be, and how far ahead of our clock, in seconds. */
export const OLDEST_SECONDS = 300;
export const FARTHEST_AHEAD_SECONDS = 60;

const SIGNATURE_FORM = /^[0-9a-f]{64}$/;
const TIMESTAMP_FORM = /^\d{1,12}$/;

function inWords(seconds: number): string {
	return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/** What is known of a delivery before it is trusted. */
export interface SignedDelivery {
	/** The body exactly as it was sent; nothing else can be verified. */
	rawBody: unknown;
	timestamp: unknown;
	signature: unknown;
}

/** The signature that belongs to a body. */
export function sign(secret: string, timestamp: string, rawBody: Uint8Array | string): Buffer {
	return createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest();
}

/**
 * Tells why a delivery must not be trusted, whenever it was signed, or `undefined` if Extend signed it.
 * Without a secret nothing is trusted.
 */
export function whyNotSigned(
	{ rawBody, timestamp, signature }: SignedDelivery,
	secret: unknown,
): string | undefined {
	if (typeof secret !== 'string' || secret === '') return 'no signing secret is known';
	if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'it is not signed';
	if (!TIMESTAMP_FORM.test(timestamp)) return 'its timestamp is not a number';
	const given = signature.toLowerCase();
	if (!SIGNATURE_FORM.test(given)) return 'its signature is not 64 hex digits';
	if (!Buffer.isBuffer(rawBody)) return 'its body did not arrive as it was sent';
	return timingSafeEqual(Buffer.from(given, 'hex'), sign(secret, timestamp, rawBody))
		? undefined
		: 'its signature does not match';
}

/**
 * Tells why a delivery that Extend signed comes at the wrong time, as one does that somebody repeats.
 * @param timestamp as it was signed, in seconds since 1970
 * @param now milliseconds since 1970
 */
export function whyUntimely(timestamp: unknown, now: number): string | undefined {
	const age = Math.floor(now / 1000) - Number(timestamp);
	if (age > OLDEST_SECONDS) return `it is too old, signed ${inWords(age)} ago`;
	if (age < -FARTHEST_AHEAD_SECONDS) return `its timestamp is ${inWords(-age)} in the future`;
	return undefined;
}
