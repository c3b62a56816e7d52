import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { PreparedDocument } from '../../../documents/documents';
import { PROCESSOR_OF } from '../../../extend/api/documentRuns';
import type { DocumentRunKind, DocumentRunTarget } from '../../../extend/api/documentRuns';
import type { ParameterReader } from '../../../parameters/reader';
import { Several } from '../../operation';
import type { Readers } from '../../operation';
import { SHOWN } from './properties';

/** What an item asks for: one document to be run. */
export interface DocumentInput {
	itemIndex: number;
	target: DocumentRunTarget;
	/** Empty: the newest published version. */
	version: string;
	/** Of a parse run. */
	config?: IDataObject;
	priority?: number;
	document: PreparedDocument;
	/** The binary field of the document, where the item has several files. */
	field?: string;
	metadata: Record<string, unknown> | undefined;
	hasReference: boolean;
	/** How long a lost answer is looked up, in milliseconds. */
	settleMs: number;
	/** Whether the document is sent again if it was looked up in vain. */
	resubmits: boolean;
	waits: boolean;
	timeoutMs: number;
	isSimplified: boolean;
}

const MS_PER_MINUTE = 60_000;

/**
 * Reads what all operations have in common.
 * @param own what only this operation has
 * @throws ComplaintError
 */
export async function readDocuments<Own extends object>(
	kind: DocumentRunKind,
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	{ documents: reader, metadata }: Readers,
	own: Own,
): Promise<Several<DocumentInput & Own>> {
	const type = PROCESSOR_OF[kind];
	const processorId = type === undefined ? '' : read.id(type, type, itemIndex);
	if (type !== undefined && processorId === '') {
		const { article } = SHOWN[type];
		read.complain(type, 'is empty', `Choose ${article} ${type} from the list, or enter its ID.`);
	}
	const hasReference = read.flag('options.reference', itemIndex);
	const { documents, complaints } = await reader.readAll(itemIndex);
	const areSeveral = documents.length + complaints.length > 1;
	const common = {
		itemIndex,
		target: { kind, processorId },
		version: type === undefined ? '' : read.line('version', itemIndex),
		priority:
			type === undefined ? undefined : read.wholeNumberIfGiven('options.priority', itemIndex),
		hasReference,
		settleMs: read.wholeNumber('options.settleSeconds', itemIndex) * 1_000,
		resubmits: read.choice('options.onUnknownOutcome', itemIndex) === 'resubmit',
		waits: read.flag('waitForCompletion', itemIndex),
		timeoutMs: read.number('timeoutMinutes', itemIndex) * MS_PER_MINUTE,
		isSimplified: read.choice('output', itemIndex) === 'simplified',
		...own,
	};
	const inputs = documents.map((document) => {
		const field = areSeveral ? document.field : undefined;
		const file = field === undefined ? {} : { file: field };
		return { ...common, document, field, metadata: metadata.read(itemIndex, hasReference, file) };
	});
	return new Several(inputs, complaints);
}
