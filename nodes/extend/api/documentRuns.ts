import type { IDataObject } from 'n8n-workflow';

import type { Call, CallResult } from '../client/client';
import { ExtendClient, LARGEST_PAGE, TIMEOUTS_MS } from '../client/client';
import type { ProcessorType } from './events';
import type { DocumentRun, DocumentRunSummary, RunFile } from './types';

/** The kinds of runs that take a single document through no workflow. */
export type DocumentRunKind = 'extract' | 'classify' | 'split' | 'parse';

/** The processor that runs of a kind use; parse runs have settings of their own instead. */
export const PROCESSOR_OF: Readonly<Record<DocumentRunKind, ProcessorType | undefined>> = {
	extract: 'extractor',
	classify: 'classifier',
	split: 'splitter',
	parse: undefined,
};

/** A kind of run, and the processor that it uses, if it does. */
export interface DocumentRunTarget {
	kind: DocumentRunKind;
	/** Empty for parse runs. */
	processorId: string;
}

/** What a run is created with (`ExtractRunsCreateRequest` and its like of the official SDK). */
export interface DocumentRunRequest extends DocumentRunTarget {
	/** Empty: the newest published version, or the draft if there is none. */
	version: string;
	/** Only for parse runs. */
	config?: IDataObject;
	/** No text for split and parse runs. */
	file: RunFile;
	/** Not for parse runs. */
	priority?: number;
	metadata?: Record<string, unknown>;
}

function pathOf(kind: DocumentRunKind): string {
	return `/${kind}_runs`;
}

/**
 * Creates a run. It is sent once, because each run is billed: after a failure of the kind `unknown` it may
 * have been created.
 */
export async function createDocumentRun(
	client: ExtendClient,
	request: DocumentRunRequest,
	control: Pick<Call, 'onSending'>,
): Promise<CallResult<DocumentRun>> {
	const { kind, processorId, version, config, file, priority, metadata } = request;
	const processor = PROCESSOR_OF[kind];
	const created = await client.attempt<DocumentRun>({
		category: 'RUN',
		method: 'POST',
		path: pathOf(kind),
		repeatable: 'once',
		timeoutMs: TIMEOUTS_MS.submit,
		...control,
		body: async () => ({
			...(processor === undefined
				? {}
				: { [processor]: { id: processorId, ...(version === '' ? {} : { version }) } }),
			...(config === undefined ? {} : { config }),
			file,
			...(priority === undefined ? {} : { priority }),
			...(metadata === undefined ? {} : { metadata }),
		}),
	});
	if (created.ok && typeof created.body.id !== 'string') {
		const message = 'the answer has no run ID';
		return { ok: false, failure: { kind: 'unknown', status: 200, message } };
	}
	return created;
}

/** Fetches a run whole, with its output if it is done. */
export async function fetchDocumentRun(
	client: ExtendClient,
	kind: DocumentRunKind,
	runId: string,
): Promise<CallResult<DocumentRun>> {
	return await client.attempt(ExtendClient.getOne(pathOf(kind), runId));
}

/** So many entries must come from newest to oldest before a list in no promised order is taken for sorted. */
const ENOUGH_TO_TELL = 20;

/**
 * Tells when the rest of a list can only be older than a time. Extend sorts the runs of processors as it is
 * asked, but takes no order for parse runs, so that theirs has to show.
 */
class NewestFirst {
	private seen = 0;

	private last = Infinity;

	private first = -Infinity;

	private isSorted = true;

	constructor(
		private readonly since: number,
		private readonly isPromised: boolean,
	) {}

	/** Whether this entry and all behind it were created before the time. */
	isBehind({ createdAt }: DocumentRunSummary): boolean {
		const at = Date.parse(createdAt ?? '');
		if (this.isPromised) return at < this.since;
		if (this.seen++ === 0) this.first = at;
		this.isSorted &&= at <= this.last;
		this.last = at;
		const isSeenToBe = this.isSorted && this.seen >= ENOUGH_TO_TELL && at < this.first;
		return isSeenToBe && at < this.since;
	}
}

/**
 * Lists the runs of a kind, and of a processor if it uses one, that were created since a time.
 * @param since in milliseconds of Extend's clock; asked for each entry, because the first answer may tell more
 * of that clock
 */
export async function listDocumentRuns(
	client: ExtendClient,
	{ kind, processorId }: DocumentRunTarget,
	since: () => number,
): Promise<CallResult<DocumentRunSummary[]>> {
	const processor = PROCESSOR_OF[kind];
	let order: NewestFirst | undefined;
	return await client.list<DocumentRunSummary>(
		pathOf(kind),
		processor === undefined
			? // Extend's CLI says that this list reads `limit` and drops `maxPageSize`, which the SDK sends.
				{ limit: LARGEST_PAGE }
			: { [`${processor}Id`]: processorId, sortBy: 'createdAt', sortDir: 'desc' },
		(entry) => {
			order ??= new NewestFirst(since(), processor !== undefined);
			return order.isBehind(entry);
		},
	);
}

/** Lists the parse runs that Extend works on, whenever they were created; single ones are never pending. */
export async function listOpenParseRuns(
	client: ExtendClient,
): Promise<CallResult<DocumentRunSummary[]>> {
	return await client.list(pathOf('parse'), { status: 'PROCESSING', limit: LARGEST_PAGE });
}
