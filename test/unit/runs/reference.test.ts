import fc from 'fast-check';

import { METADATA_LIMIT_BYTES, USAGE_TAGS_KEY } from '../../../nodes/documents/metadata';
import { REFERENCE_KEY, submissionOf, withReference } from '../../../nodes/extend/runs/reference';
import { jsonBytes } from '../../../nodes/parameters/jsonValues';

const reference = {
	submission: '7a0b2f0e-27f5-4a4c-8f5b-0d9b0f6f7c11',
	item: 41,
	of: 1000,
	workflow: 'w1',
	execution: '77',
};

const anyMetadata = fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined });

const withoutReference = (metadata: Record<string, unknown>) =>
	Object.entries(metadata).filter(([key]) => key !== REFERENCE_KEY);

describe('withReference', () => {
	test('adds one key and keeps all others', () => {
		fc.assert(
			fc.property(anyMetadata, (metadata) => {
				const before = JSON.stringify(metadata);
				const referenced = withReference(metadata, reference);
				expect(referenced[REFERENCE_KEY]).toEqual(reference);
				expect(withoutReference(referenced)).toEqual(withoutReference(metadata ?? {}));
				expect(JSON.stringify(metadata)).toBe(before);
			}),
		);
	});

	test('takes the place of whatever has its key', () => {
		expect(withReference({ n8n: 'theirs', a: 1 }, reference)).toEqual({ n8n: reference, a: 1 });
	});

	test('is read back after its way through JSON', () => {
		fc.assert(
			fc.property(anyMetadata, fc.uuid(), (metadata, submission) => {
				const sent = JSON.stringify(withReference(metadata, { ...reference, submission }));
				expect(submissionOf(JSON.parse(sent) as Record<string, unknown>)).toBe(submission);
			}),
		);
	});
});

describe('submissionOf', () => {
	test('finds none where there is none', () => {
		const foreign: Array<Record<string, unknown> | null | undefined> = [
			null,
			undefined,
			{},
			{ n8n: null },
			{ n8n: 'text' },
			{ n8n: 7 },
			{ n8n: [] },
			{ n8n: {} },
			{ n8n: { submission: 7 } },
			{ submission: 'outside' },
		];
		for (const metadata of foreign) expect(submissionOf(metadata)).toBeUndefined();
	});

	test('reads any metadata without throwing', () => {
		const foreign = fc.record({ n8n: fc.jsonValue() });
		fc.assert(
			fc.property(foreign, (metadata) => {
				expect(['string', 'undefined']).toContain(typeof submissionOf(metadata));
			}),
		);
	});
});

describe('the metadata limit', () => {
	test('leaves at least 9.8 kB of the limit for what is not the reference', () => {
		const largest = {
			...reference,
			item: 999_999,
			workflow: 'w'.repeat(36),
			execution: '9'.repeat(12),
		};
		const bytes = jsonBytes(withReference(undefined, largest));
		expect(METADATA_LIMIT_BYTES - bytes).toBeGreaterThan(9_800);
	});
});

test('the keys are those that Extend, saved workflows and other tools know', () => {
	expect([REFERENCE_KEY, USAGE_TAGS_KEY]).toEqual(['n8n', 'extend:usage_tags']);
});
