/**
 * The services that n8n's engine takes from its dependency container: the logger, which is
 * redirected to the test, the store of binary data, which is the real one, and the table in which
 * Remove Duplicates keeps what it has seen.
 */
import './environment';

import { Logger } from '@n8n/backend-common';
import { Container } from '@n8n/di';
import {
	BinaryDataConfig,
	BinaryDataService,
	DataDeduplicationService,
	ErrorReporter,
	setBinaryDataBuffer,
} from 'n8n-core';
import type {
	DeduplicationItemTypes,
	ICheckProcessedContextData,
	IDataDeduplicator,
	IDataObject,
	INodeExecutionData,
	LogMetadata,
} from 'n8n-workflow';
import { fileTypeFromMimeType, setSafeRegexEngine } from 'n8n-workflow';
import { AsyncLocalStorage } from 'node:async_hooks';
import { extname } from 'node:path';
import { inspect } from 'node:util';

/** Where n8n keeps binary data: inside the item as base64, or in a file which the item names. */
export type BinaryStorage = 'default' | 'filesystem';

/** The execution to which items made by {@link binaryItem} belong in n8n's store. */
const UPSTREAM = { workflowId: 'upstream', executionId: 'upstream' };

const logOfRun = new AsyncLocalStorage<string[]>();

/** Hands what nodes log during a run to that run; without a run around it, it is dropped. */
function redirectNodeLogs() {
	// These two are made with n8n's own, silent logger: what they report is not the node's doing.
	Container.get(ErrorReporter);
	Container.get(BinaryDataService);

	const logger = Container.get(Logger).scoped([]);
	for (const level of ['error', 'warn', 'info', 'debug'] as const) {
		logger[level] = (message: string, metadata: LogMetadata = {}) => {
			const details =
				Object.keys(metadata).length === 0 ? '' : ` ${inspect(metadata, { depth: 8 })}`;
			logOfRun.getStore()?.push(`${level}: ${message}${details}`);
		};
	}
	Container.set(Logger, logger);
}

redirectNodeLogs();

/**
 * n8n gives each regular expression 250 ms of real time; a busy machine may take them from a test for
 * nothing. Here they have no limit.
 */
setSafeRegexEngine({
	exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
	test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
	replace: (pattern, input, flags, replacement) =>
		input.replace(new RegExp(pattern, flags), replacement),
	matchAll: (pattern, input, flags) => [
		...input.matchAll(new RegExp(pattern, flags?.includes('g') ? flags : `${flags ?? ''}g`)),
	],
	split: (pattern, input, flags) => input.split(new RegExp(pattern, flags)),
});

/** Runs `work` and collects in `log` everything that nodes log in the meantime because of it. */
export async function withLog<T>(log: string[], work: () => Promise<T>): Promise<T> {
	return await logOfRun.run(log, work);
}

let storage: BinaryStorage | undefined;
let usersOfStorage = 0;

/**
 * Runs `work` while n8n stores binary data in the given way. The way is a setting of the whole
 * instance, so runs that want different ways cannot overlap.
 */
export async function withBinaryStorage<T>(
	wanted: BinaryStorage,
	work: () => Promise<T>,
): Promise<T> {
	if (usersOfStorage > 0 && storage !== wanted) {
		throw new Error(`Await the run with binary storage "${storage}" before using "${wanted}".`);
	}
	usersOfStorage++;
	try {
		if (storage !== wanted) {
			storage = wanted;
			Container.get(BinaryDataConfig).mode = wanted;
			await Container.get(BinaryDataService).init();
		}
		return await work();
	} finally {
		usersOfStorage--;
	}
}

/** What an item with a file looks like; see {@link binaryItem}. */
export interface BinaryItemOptions {
	/** The name of the file; without one, the file is unnamed as after some HTTP requests. */
	fileName?: string;
	mimeType?: string;
	/** Must be the `binaryMode` of the run that uses the item, or items and run disagree. */
	mode?: BinaryStorage;
	/** The binary property that holds the file. */
	property?: string;
	json?: IDataObject;
}

/** Makes an item with a file in it, just as a node before ours would hand it on. */
export async function binaryItem(
	data: Buffer,
	options: BinaryItemOptions = {},
): Promise<INodeExecutionData> {
	const { fileName, mimeType = 'application/pdf', mode = 'default', property = 'data' } = options;
	const binary = await withBinaryStorage(
		mode,
		async () =>
			await setBinaryDataBuffer(
				{
					data: '',
					mimeType,
					fileType: fileTypeFromMimeType(mimeType),
					...(fileName === undefined
						? {}
						: { fileName, fileExtension: extname(fileName).slice(1) }),
				},
				data,
				UPSTREAM.workflowId,
				UPSTREAM.executionId,
			),
	);
	return { json: options.json ?? {}, binary: { [property]: binary } };
}

/**
 * What n8n keeps in its table of processed data, which outlasts executions: a stand-in for the class of n8n's
 * server part that writes it, for the one mode in which entries are kept. Each test file has its own.
 */
export const processedData = new (class implements IDataDeduplicator {
	private readonly entries = new Map<string, Set<DeduplicationItemTypes>>();

	/** Whether the database is out of order. */
	isBroken = false;

	async checkProcessedAndRecord(
		items: DeduplicationItemTypes[],
		scope: string,
		context: ICheckProcessedContextData,
	) {
		const known = this.of(scope, context);
		const processed = items.filter((item) => known.has(item));
		const fresh = items.filter((item) => !known.has(item));
		for (const item of fresh) known.add(item);
		return { new: fresh, processed };
	}

	async removeProcessed(
		items: DeduplicationItemTypes[],
		scope: string,
		context: ICheckProcessedContextData,
	) {
		const known = this.of(scope, context);
		for (const item of items) known.delete(item);
	}

	async clearAllProcessedItems(scope: string, context: ICheckProcessedContextData) {
		this.of(scope, context).clear();
	}

	async getProcessedDataCount(scope: string, context: ICheckProcessedContextData) {
		return this.of(scope, context).size;
	}

	private of(scope: string, { workflow, node }: ICheckProcessedContextData) {
		if (this.isBroken) throw new Error('The database is out of order.');
		const key = JSON.stringify([workflow.id, scope === 'node' ? node?.id : '']);
		const known = this.entries.get(key) ?? new Set();
		this.entries.set(key, known);
		return known;
	}
})();

void DataDeduplicationService.init(processedData);
