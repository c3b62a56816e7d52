import { operation } from '../../operation';
import { DocumentRuns } from './documentRuns';
import { CHARGED_AGAIN, DOCUMENTS_AT_ONCE, performDocument } from './perform';
import { processorProperties, propertiesOf, readDocument } from './input';
import type { DocumentInput } from './input';

export const classify = operation<DocumentInput, DocumentRuns>({
	resource: 'document',
	value: 'classify',
	name: 'Classify',
	action: 'Classify a document',
	description:
		'Find out which type each document is of, such as an invoice or a contract. Extend charges for each document.',
	properties: propertiesOf('classify', {
		first: processorProperties('classifier', 'The Extend classifier that tells the types apart'),
		simplified: 'One flat row per document with its type and how sure Extend is',
	}),
	task: 'The document could not be classified',
	subject: 'classifier, its version or the file',
	again: CHARGED_AGAIN,
	read: async (read, itemIndex, _json, readers) =>
		await readDocument('classify', read, itemIndex, readers),
	atOnce: DOCUMENTS_AT_ONCE,
	share: (workplace) => new DocumentRuns(workplace),
	perform: async (_workplace, input, runs) => await performDocument(runs, input),
	conclude: (runs) => {
		runs.close();
	},
});
