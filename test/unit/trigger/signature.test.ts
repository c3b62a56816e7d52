import { createHmac } from 'node:crypto';

import {
	SIGNATURE_HEADER,
	TIMESTAMP_HEADER,
	sign,
	whyNotSigned,
	whyUntimely,
} from '../../../nodes/ExtendTrigger/delivery/signature';

// Computed with another program from Extend's description of the scheme.
const VECTOR = {
	secret: 'wss_test',
	timestamp: '1700000000',
	body: '{"a":1}',
	signature: '7fdd380a158e728269a758d61dc872912331405048991e36e2900530f78372b3',
};
const NOW = 1_700_000_000_000;
const delivery = {
	rawBody: Buffer.from(VECTOR.body),
	timestamp: VECTOR.timestamp,
	signature: VECTOR.signature,
};

const whyNotGenuine = (given: typeof delivery, secret: unknown, now: number) =>
	whyNotSigned(given, secret) ?? whyUntimely(given.timestamp, now);

describe('a signature', () => {
	it('is what Extend describes', () => {
		expect(sign(VECTOR.secret, VECTOR.timestamp, VECTOR.body).toString('hex')).toBe(
			VECTOR.signature,
		);
	});

	it('comes in the headers that Extend names', () => {
		expect(TIMESTAMP_HEADER).toBe('x-extend-request-timestamp');
		expect(SIGNATURE_HEADER).toBe('x-extend-request-signature');
	});

	it('covers bytes, not text', () => {
		const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
		const expected = createHmac('sha256', 's')
			.update(Buffer.concat([Buffer.from('v0:1:'), bytes]))
			.digest('hex');
		expect(sign('s', '1', bytes).toString('hex')).toBe(expected);
	});

	it('is accepted from 300 s back to 60 s ahead, in either case', () => {
		for (const now of [NOW, NOW + 300_999, NOW - 60_000]) {
			expect(whyNotGenuine(delivery, VECTOR.secret, now)).toBeUndefined();
		}
		const upper = { ...delivery, signature: VECTOR.signature.toUpperCase() };
		expect(whyNotGenuine(upper, VECTOR.secret, NOW)).toBeUndefined();
	});

	it.each<[string, object, unknown, number]>([
		['too old, signed 5 minutes ago', {}, VECTOR.secret, NOW + 301_000],
		['too old, signed 60 minutes ago', {}, VECTOR.secret, NOW + 3_600_000],
		['61 seconds in the future', {}, VECTOR.secret, NOW - 61_000],
		['119 seconds in the future', {}, VECTOR.secret, NOW - 119_000],
		['2 minutes in the future', {}, VECTOR.secret, NOW - 120_000],
		['60 minutes in the future', {}, VECTOR.secret, NOW - 3_600_000],
		['does not match', { rawBody: Buffer.from('{"a":2}') }, VECTOR.secret, NOW + 3_600_000],
		['does not match', {}, 'test', NOW - 3_600_000],
		['no signing secret', {}, '', NOW],
		['no signing secret', {}, undefined, NOW],
		['not signed', { signature: undefined }, VECTOR.secret, NOW],
		['not signed', { signature: [VECTOR.signature] }, VECTOR.secret, NOW],
		['not signed', { timestamp: undefined }, VECTOR.secret, NOW],
		['not a number', { timestamp: '1700000000.5' }, VECTOR.secret, NOW],
		['not a number', { timestamp: '-1' }, VECTOR.secret, NOW],
		['64 hex digits', { signature: `${VECTOR.signature}\n` }, VECTOR.secret, NOW],
		['64 hex digits', { signature: `v0=${VECTOR.signature}` }, VECTOR.secret, NOW],
		['64 hex digits', { signature: '' }, VECTOR.secret, NOW],
		['as it was sent', { rawBody: VECTOR.body }, VECTOR.secret, NOW],
		['as it was sent', { rawBody: undefined }, VECTOR.secret, NOW],
		['does not match', { rawBody: Buffer.from('{"a":2}') }, VECTOR.secret, NOW],
		['does not match', {}, 'test', NOW],
	])('is refused: %s', (reason, change, secret, now) => {
		expect(whyNotGenuine({ ...delivery, ...change }, secret, now)).toContain(reason);
	});
});
