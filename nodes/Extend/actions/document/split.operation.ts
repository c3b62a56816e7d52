import { operation } from '../../operation';
import { DocumentRuns } from './documentRuns';
import { DOCUMENTS_AT_ONCE, performDocument } from './perform';
import { readDocuments } from './input';
import type { DocumentInput } from './input';
import { processorProperties, propertiesOf } from './properties';

export const split = operation<DocumentInput, DocumentRuns>({
	resource: 'document',
	value: 'split',
	name: 'Split',
	action: 'Split a document into its parts',
	description:
		'Find the documents within each file, such as the invoices in one scan. Each part becomes its own file in Extend. Extend charges for each document.',
	properties: propertiesOf('split', {
		first: processorProperties(
			'splitter',
			'The Extend splitter that finds the parts of each document',
		),
		simplified: 'One flat row per part with its type, pages and file ID',
	}),
	task: 'The document could not be split',
	subject: 'splitter, its version or the file',
	charges: true,
	read: async (read, itemIndex, _json, readers) =>
		await readDocuments('split', read, itemIndex, readers, {}),
	atOnce: DOCUMENTS_AT_ONCE,
	share: (workplace) => new DocumentRuns(workplace),
	perform: async (_workplace, input, runs) => await performDocument(runs, input),
	conclude: (runs) => {
		runs.close();
	},
});
