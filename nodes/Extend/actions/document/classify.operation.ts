import { operation } from '../../operation';
import { DocumentRuns } from './documentRuns';
import { DOCUMENTS_AT_ONCE, performDocument } from './perform';
import { readDocuments } from './input';
import type { DocumentInput } from './input';
import { processorProperties, propertiesOf } from './properties';

export const classify = operation<DocumentInput, DocumentRuns>({
	resource: 'document',
	value: 'classify',
	name: 'Classify',
	action: 'Classify a document',
	description:
		'Find out the type of each document, such as invoice or contract. Extend charges for each document.',
	properties: propertiesOf('classify', {
		first: processorProperties(
			'classifier',
			'The Extend classifier that decides the type of each document',
		),
		simplified: 'One flat row per document with its type and confidence',
	}),
	task: 'The document could not be classified',
	subject: 'classifier, its version or the file',
	charges: true,
	read: async (read, itemIndex, _json, readers) =>
		await readDocuments('classify', read, itemIndex, readers, {}),
	atOnce: DOCUMENTS_AT_ONCE,
	share: (workplace) => new DocumentRuns(workplace),
	perform: async (_workplace, input, runs) => await performDocument(runs, input),
	conclude: (runs) => {
		runs.close();
	},
});
