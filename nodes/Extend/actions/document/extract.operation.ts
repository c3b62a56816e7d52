import { operation } from '../../operation';
import { DocumentRuns } from './documentRuns';
import { DOCUMENTS_AT_ONCE, performDocument } from './perform';
import { readDocuments } from './input';
import type { DocumentInput } from './input';
import { processorProperties, propertiesOf } from './properties';

export const extract = operation<DocumentInput, DocumentRuns>({
	resource: 'document',
	value: 'extract',
	name: 'Extract',
	action: 'Extract data from a document',
	description:
		'Read the fields of an extractor, such as numbers, dates and line items, from each document. Extend charges for each document.',
	properties: propertiesOf('extract', {
		first: processorProperties('extractor', 'The Extend extractor that reads each document'),
		simplified: 'One flat row per document with the extracted values',
	}),
	task: 'No data could be extracted from the document',
	subject: 'extractor, its version or the file',
	charges: true,
	read: async (read, itemIndex, _json, readers) =>
		await readDocuments('extract', read, itemIndex, readers, {}),
	atOnce: DOCUMENTS_AT_ONCE,
	share: (workplace) => new DocumentRuns(workplace),
	perform: async (_workplace, input, runs) => await performDocument(runs, input),
	conclude: (runs) => {
		runs.close();
	},
});
