/** Deliveries that are not what they claim to be, for the engine and for a real n8n. */
import type { Deviations } from './playedTrigger';

/** What is wrong with a delivery. */
interface Hostile {
	deviations: Deviations;
	/** Added to the payload of the event before it is signed. */
	more?: object;
}

const now = () => Math.floor(Date.now() / 1000);

function withSignature(change: (signature: string) => string): Hostile {
	return {
		deviations: {
			headers: (headers) => ({
				...headers,
				'x-extend-request-signature': change(headers['x-extend-request-signature']!),
			}),
		},
	};
}

function without(name: string): Hostile {
	return {
		deviations: {
			headers: (headers) =>
				Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)),
		},
	};
}

/** Kinds of deliveries that must start nothing, by what is wrong; each gets the body of the right one. */
export const HOSTILE_DELIVERIES: Readonly<Record<string, (body: string) => Hostile>> = {
	'forged with another secret': () => ({ deviations: { secret: 'wss_other' } }),
	'signed with an empty secret': () => ({ deviations: { secret: '' } }),
	'replayed after 301 s': () => ({ deviations: { timestamp: now() - 301 } }),
	'from 62 s ahead': () => ({ deviations: { timestamp: now() + 62 } }),
	'with a truncated signature': () => withSignature((hex) => hex.slice(0, 40)),
	'with a signature that is too long': () => withSignature((hex) => `${hex}00`),
	'with a signature that is not hex': () => withSignature(() => 'z'.repeat(64)),
	'with the signature of nothing': () => withSignature(() => '0'.repeat(64)),
	'with a prefix before the signature': () => withSignature((hex) => `v0=${hex}`),
	unsigned: () => without('x-extend-request-signature'),
	'without a timestamp': () => without('x-extend-request-timestamp'),
	'with a timestamp in words': () => ({
		deviations: { headers: (headers) => ({ ...headers, 'x-extend-request-timestamp': 'now' }) },
	}),
	'with a truncated body': (body) => ({ deviations: { sentBody: body.slice(0, -20) } }),
	're-serialised': (body) => ({
		deviations: { sentBody: JSON.stringify(JSON.parse(body), null, 1) },
	}),
	'with an empty body': () => ({ deviations: { sentBody: '' } }),
	'of 15 MB, forged': () => ({
		deviations: { secret: 'wss_other' },
		more: { text: 'x'.repeat(15_000_000) },
	}),
};
