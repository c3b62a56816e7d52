import type { Extend } from 'extend-ai';

import { DOCUMENT_CATEGORIES } from './documentFacts';

const CREATED_AT = '2026-03-01T10:00:00.000Z';
const UPDATED_AT = '2026-03-02T10:00:00.000Z';
const STAMP = { createdAt: CREATED_AT, updatedAt: UPDATED_AT };
const VERSION = { version: '1', description: null, createdAt: CREATED_AT, createdBy: null };

/** The extractor that workflows of the seed use. */
export const EXTRACTOR: Extend.ExtractorSummary = {
	object: 'extractor',
	id: 'ex_sim_invoice',
	name: 'Invoice Extractor',
	...STAMP,
};

/** The classifier that workflows of the seed use. */
export const CLASSIFIER: Extend.ClassifierSummary = {
	object: 'classifier',
	id: 'cl_sim_document',
	name: 'Document Classifier',
	...STAMP,
};

/** The splitter that workflows of the seed use. */
export const SPLITTER: Extend.SplitterSummary = {
	object: 'splitter',
	id: 'spl_sim_mail',
	name: 'Mail Splitter',
	...STAMP,
};

/** Version `1` of `EXTRACTOR`. */
export const EXTRACTOR_VERSION: Extend.ExtractorVersionSummary = {
	object: 'extractor_version',
	id: 'exv_sim_invoice_1',
	extractorId: EXTRACTOR.id,
	...VERSION,
};

/** Version `1` of `CLASSIFIER`. */
export const CLASSIFIER_VERSION: Extend.ClassifierVersionSummary = {
	object: 'classifier_version',
	id: 'clv_sim_document_1',
	classifierId: CLASSIFIER.id,
	...VERSION,
};

/** Version `1` of `SPLITTER`. */
export const SPLITTER_VERSION: Extend.SplitterVersionSummary = {
	object: 'splitter_version',
	id: 'splv_sim_mail_1',
	splitterId: SPLITTER.id,
	...VERSION,
};

/** What `EXTRACTOR` is configured to find. */
export const EXTRACT_CONFIG: Extend.ExtractConfigJson = {
	baseProcessor: 'extraction_performance',
	schema: {
		type: 'object',
		properties: {
			invoice_number: { type: ['string', 'null'] },
			vendor: { type: ['string', 'null'] },
			date: { type: ['string', 'null'], 'extend:type': 'date' },
			currency: { type: ['string', 'null'] },
			total: { type: ['number', 'null'] },
			line_items: { type: 'array', items: { type: 'object', properties: {} } },
		},
	},
};

/** What `CLASSIFIER` and `SPLITTER` tell apart. */
export const CLASSIFICATIONS: Extend.Classification[] = DOCUMENT_CATEGORIES.map((type) => ({
	id: `class_${type}`,
	type,
	description: `The document is of the kind ${type}`,
}));

/** The kinds of processors that webhooks can be about. */
export type ProcessorKind = 'extractor' | 'classifier' | 'splitter';

/** Every processor by kind: a small fixed set with two more names of each, for pick lists. */
export const PROCESSORS: Readonly<Record<ProcessorKind, ReadonlyArray<ProcessorSummary>>> = {
	extractor: [EXTRACTOR, another(EXTRACTOR, 'ex_sim_receipt', 'Receipt Extractor')],
	classifier: [CLASSIFIER, another(CLASSIFIER, 'cl_sim_language', 'Language Classifier')],
	splitter: [SPLITTER, another(SPLITTER, 'spl_sim_archive', 'Archive Splitter')],
};

/** A processor in a list. */
export type ProcessorSummary =
	Extend.ExtractorSummary | Extend.ClassifierSummary | Extend.SplitterSummary;

/** Versions that every processor has, oldest first. */
export const PROCESSOR_VERSIONS = ['draft', '1', '2'];

/** A version of a processor (Extend SDK, `ExtractorVersionSummary` and its like). */
export function processorVersion(
	kind: ProcessorKind,
	{ id, createdAt }: ProcessorSummary,
	version: string,
): object {
	const prefix = { extractor: 'exv', classifier: 'clv', splitter: 'splv' }[kind];
	return {
		object: `${kind}_version`,
		id: `${prefix}_${id.replace(/^[a-z]+_/, '')}_${version}`,
		version,
		description: version === 'draft' ? null : `Published version ${version}`,
		[`${kind}Id`]: id,
		createdAt,
		createdBy: null,
	};
}

function another<T extends ProcessorSummary>(summary: T, id: string, name: string): T {
	return { ...summary, id, name };
}
