import { documentsOf, Journal } from '../../../nodes/submit/journal';
import { Claims } from '../../../nodes/submit/claims';
import { contextOf, ExtendInMemory, SETTINGS } from './extendInMemory';

const INPUTS = Array.from({ length: 10_000 }, (_, itemIndex) => ({
	itemIndex,
	settings: SETTINGS,
	document: `https://files.example.com/${itemIndex}.pdf`,
}));

/** A journal of requests with so many of the inputs each. */
function journalOf(size: number, isAccepted: boolean): Journal {
	const journal = Journal.open(contextOf(new ExtendInMemory(() => 'accept')), 'account');
	for (let start = 0; start < INPUTS.length; start += size) {
		const inputs = INPUTS.slice(start, start + size);
		const entry = journal.sending({
			submission: `submission-${start}`,
			workflowId: SETTINGS.workflowId,
			version: SETTINGS.version,
			items: inputs.map(({ itemIndex }) => itemIndex),
			...documentsOf(inputs),
			sentAt: 0,
			hasReference: true,
		});
		if (isAccepted) journal.accepted(entry, `batch-${start}`);
	}
	return journal;
}

/** Held one against the other, 10,000 requests and 10,000 inputs take a minute, in which n8n does nothing else. */
function inTime<T>(work: () => T): T {
	const start = performance.now();
	const result = work();
	expect(performance.now() - start).toBeLessThan(10_000);
	return result;
}

describe.each([1, 1000])('of 10,000 inputs, %d in each request', (size) => {
	it('each is claimed once, soon', () => {
		const claims = new Claims(journalOf(size, true));
		const { accepted, rest } = inTime(() => claims.claim(INPUTS));
		expect(rest).toEqual([]);
		expect(accepted.flatMap(({ inputs }) => inputs)).toEqual(INPUTS);
		expect(accepted.flatMap(({ positions }) => positions)).toEqual(
			INPUTS.map(({ itemIndex }) => itemIndex % size),
		);
		expect(claims.spare()).toEqual([]);
	});

	it('those of unknown outcome are known, soon', () => {
		const claims = new Claims(journalOf(size, false));
		expect(inTime(() => claims.openOf(INPUTS))).toHaveLength(INPUTS.length / size);
		expect(claims.inDoubt(INPUTS[1234]!)).toMatchObject([
			{ submission: `submission-${1234 - (1234 % size)}` },
		]);
	});
});
