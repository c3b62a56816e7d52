import { forgetEvents, takeOn } from '../../../nodes/ExtendTrigger/redeliveries';

const ACCEPTED = async () => true;
const REFUSED = async () => false;
const PATIENCE_MS = 10_000;

let endpoints = 0;
let endpointId = '';
beforeEach(() => {
	endpointId = `wh_redelivered_${endpoints++}`;
});

const take = async (eventId: string, accepted = ACCEPTED, patienceMs = PATIENCE_MS) =>
	await takeOn(endpointId, eventId, accepted, patienceMs);

/** Lets what was accepted or refused be noted. */
const settle = async () => {
	await new Promise((resolve) => setImmediate(resolve));
};

describe('an event', () => {
	it('is known once it was accepted, at its own endpoint', async () => {
		await expect(take('a')).resolves.toBe('new');
		await expect(take('a')).resolves.toBe('known');
		await expect(takeOn('another', 'a', ACCEPTED, 0)).resolves.toBe('new');
	});

	it('is new again when it was refused', async () => {
		await expect(take('a', REFUSED)).resolves.toBe('new');
		await expect(take('a')).resolves.toBe('new');
		await expect(take('a')).resolves.toBe('known');
	});

	it('is waited for while it is worked on, and goes to one of those that wait', async () => {
		let end: (isAccepted: boolean) => void = () => {};
		await take(
			'a',
			async () =>
				await new Promise((resolve) => {
					end = resolve;
				}),
		);
		const copies = Array.from({ length: 5 }, async () => await take('a'));
		await settle();
		end(false);
		const standings = await Promise.all(copies);
		expect(standings.sort()).toEqual(['known', 'known', 'known', 'known', 'new']);
	});

	it('is busy when that takes too long', async () => {
		await take('a', async () => await new Promise(() => {}));
		await expect(take('a', ACCEPTED, 20)).resolves.toBe('busy');
	});

	it('is forgotten with its endpoint', async () => {
		await take('a');
		await settle();
		forgetEvents(endpointId);
		await expect(take('a')).resolves.toBe('new');
	});
});

describe('what is remembered', () => {
	it('is bounded for each endpoint', async () => {
		for (let index = 0; index <= 10_000; index++) await take(`event_${index}`);
		await settle();
		await expect(take('event_1')).resolves.toBe('known');
		await expect(take('event_0')).resolves.toBe('new');
	});

	it('is bounded in the number of endpoints', async () => {
		await take('a');
		await settle();
		for (let index = 0; index < 199; index++) await takeOn(`other_${index}`, 'a', ACCEPTED, 0);
		await expect(take('a')).resolves.toBe('known');
		for (let index = 0; index < 200; index++) await takeOn(`more_${index}`, 'a', ACCEPTED, 0);
		await expect(take('a')).resolves.toBe('new');
	});
});
