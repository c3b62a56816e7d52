import type { IBinaryKeyData, IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { FileComplaint } from '../documents/binaryFiles';
import type { DocumentReader } from '../documents/documents';
import type { MetadataReader } from '../documents/metadata';
import type { ExtendClient } from '../extend/client/client';
import type { CallFailure } from '../extend/failures/failure';
import type { ParameterReader } from '../parameters/reader';

/** What the node can work on; its value and its name in the editor. */
export const RESOURCES: ReadonlyArray<{
	name: string;
	value: Resource;
	/** The operation that is chosen first; none that deletes or stops anything. */
	first: string;
}> = [
	{ name: 'Batch', value: 'batch', first: 'getStatus' },
	{ name: 'Document', value: 'document', first: 'extract' },
	{ name: 'File', value: 'file', first: 'get' },
	{ name: 'Run', value: 'run', first: 'get' },
];

/** The value of a resource. */
export type Resource = 'batch' | 'run' | 'file' | 'document';

/** What becomes of an item: the json of an output item, and its files. */
export interface OutputItem {
	json: IDataObject;
	binary?: IBinaryKeyData;
}

/** How an operation ended for one request. */
export type Performed =
	| { ok: true; items: OutputItem[] }
	| {
			ok: false;
			failure: CallFailure;
			/** What was done all the same, in sentences. */
			done?: string;
			/** What stays behind that doing it again would not find; told also if the execution is stopped. */
			left?: string;
			/** Extend's ids of what it is about, for the details of the error. */
			ids?: IDataObject;
	  }
	| { ok: false; trouble: Trouble };

/** Why there is no result although no call failed, such as a run that Extend could not finish. */
export interface Trouble {
	/** The end of an error that begins with the task. */
	happened: string;
	/** What to do now, in sentences. */
	advice: string;
	/** Extend's ids of what it is about, for the details of the error. */
	ids: IDataObject;
}

/** What reads the documents and the metadata of items, for operations that declare these parameters. */
export interface Readers {
	documents: DocumentReader;
	metadata: MetadataReader;
}

/** An item that is several requests, because it has several files. */
export class Several<Input> {
	/** @param complaints about its other files */
	constructor(
		readonly inputs: readonly Input[],
		readonly complaints: readonly FileComplaint[] = [],
	) {}
}

/** What an operation works with besides its input; the same object for all requests of a job. */
export interface Workplace {
	context: IExecuteFunctions;
	/** Its calls are not made any more once the job has to stop. */
	client: ExtendClient;
	/** Says something above the output, once for each wording. */
	warn: (message: string) => void;
}

/**
 * One operation of the node: what the editor shows of it, how its parameters are read, and what it does.
 * It is written in one file and named in `operations.ts`; nothing else knows of it.
 */
export interface Operation<Input = unknown, Shared = unknown> {
	resource: Resource;
	/** As saved in workflows. */
	value: string;
	/** Without the resource, in title case: `Get Status`. */
	name: string;
	/** In the node panel: `Cancel a batch`. */
	action: string;
	/** For people and for agents. */
	description: string;
	/** Its own parameters; when they are shown is added. */
	properties: INodeProperties[];
	/** The beginning of an error: `The batch could not be cancelled`. */
	task: string;
	/** What Extend does not find, if it answers so: `batch`. */
	subject: string;
	/** Whether Extend charges for it, so that doing again what was done is paid for twice. */
	charges?: boolean;
	/**
	 * Reads and checks the parameters for one item with these fields; nothing is sent.
	 * @throws ComplaintError about the whole item
	 */
	read(
		read: ParameterReader<INodeProperties>,
		itemIndex: number,
		json: IDataObject,
		readers: Readers,
	): Input | Promise<Input | Several<Input>>;
	/** Items whose inputs have the same key are one request. By default each is one of its own. */
	keyOf?(input: Input): string;
	/** How many requests are worked on side by side, if more than usual because most of the time is waiting. */
	atOnce?: number;
	/** Makes what all requests of one job share, if they do. */
	share?(workplace: Workplace, inputs: readonly Input[]): Shared;
	/** Does it; it never throws for a call that fails. */
	perform(workplace: Workplace, input: Input, shared: Shared): Promise<Performed>;
	/** Told when every request of the job went well. */
	conclude?(shared: Shared): void;
}

/** An operation of any input, for the list of them. */
export function operation<Input, Shared = unknown>(
	definition: Operation<Input, Shared>,
): Operation {
	return definition;
}
