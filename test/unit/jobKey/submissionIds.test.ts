import fc from 'fast-check';

import {
	LONGEST_PLAIN_KEY,
	identityOf,
	shortKey,
} from '../../../nodes/ExtendBatchRunWorkflow/jobKey/identity';
import {
	DocumentSequence,
	SubmissionIds,
	jobPart,
	readSubmission,
} from '../../../nodes/ExtendBatchRunWorkflow/jobKey/submissionIds';

const JOB = { key: 'invoices-2026-11-25', workflowId: 'workflow_a', version: '' };

describe('what identifies a document', () => {
	it('is the key if there is one, or a hash of a long one', () => {
		const url = { kind: 'url', url: 'https://example.com/a.pdf' } as const;
		expect(identityOf('INV-42', url)).toBe('INV-42');
		const long = 'x'.repeat(LONGEST_PLAIN_KEY + 1);
		expect(identityOf(long, url)).toMatch(/^[0-9a-f]{32}$/);
		expect(identityOf(long, url)).not.toBe(identityOf(`${long}x`, url));
		expect(shortKey('x'.repeat(LONGEST_PLAIN_KEY))).toBe('x'.repeat(LONGEST_PLAIN_KEY));
	});

	it('else is the document itself, whatever the signature of its address', () => {
		const signed = (secret: string) =>
			identityOf('', {
				kind: 'url',
				url: `https://b.s3.amazonaws.com/a.pdf?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=${secret}`,
			});
		expect(signed('one')).toBe(signed('two'));
		expect(signed('one')).toBe(
			identityOf('', { kind: 'url', url: 'https://b.s3.amazonaws.com/a.pdf' }),
		);
	});

	it('is another one for each kind of document', () => {
		const all = [
			identityOf('', { kind: 'url', url: 'a' }),
			identityOf('', { kind: 'fileId', id: 'a' }),
			identityOf('', { kind: 'text', text: 'a' }),
			identityOf('', { kind: 'text', text: 'a ' }),
			identityOf('', { kind: 'binary', sha256: 'a' }),
		];
		expect(new Set(all).size).toBe(all.length);
	});
});

describe('ids made from a job', () => {
	const documents = ['INV-1', 'INV-2', 'INV-3'];

	it('are the same for the same documents in the same order', () => {
		expect(new SubmissionIds().next(JOB, documents)).toBe(new SubmissionIds().next(JOB, documents));
	});

	it('are never the same twice in one execution, but say the same', () => {
		const ids = new SubmissionIds();
		const [one, other] = [ids.next(JOB, documents), ids.next(JOB, documents)];
		expect(one).not.toBe(other);
		expect(readSubmission(one)).toEqual(readSubmission(other));
		expect(readSubmission(one)?.job).toBe(jobPart(JOB));
	});

	test.each([
		['another key', { ...JOB, key: 'invoices-2026-11-26' }, documents],
		['another workflow', { ...JOB, workflowId: 'workflow_b' }, documents],
		['another version', { ...JOB, version: '3' }, documents],
		['another order', JOB, ['INV-2', 'INV-1', 'INV-3']],
		['a document less', JOB, ['INV-1', 'INV-2']],
		['other documents that read alike', JOB, ['INV-1INV-2', 'INV-3']],
	])('differ for %s', (_case, job, others) => {
		expect(new SubmissionIds().next(job, others)).not.toBe(
			new SubmissionIds().next(JOB, documents),
		);
	});

	it('are told from random ones', () => {
		fc.assert(
			fc.property(fc.uuid(), (uuid) => {
				expect(readSubmission(uuid)).toBeUndefined();
			}),
		);
	});

	it('are found in any stretch of a longer input', () => {
		const anyDocument = fc.constantFrom('A', 'B', 'C', 'D');
		fc.assert(
			fc.property(
				fc.array(anyDocument),
				fc.array(anyDocument, { minLength: 1 }),
				fc.array(anyDocument),
				(before, batch, after) => {
					const all = new DocumentSequence([...before, ...batch, ...after]);
					expect(all.documentsPart(before.length, batch.length)).toBe(
						new DocumentSequence(batch).documentsPart(),
					);
				},
			),
		);
	});
});
