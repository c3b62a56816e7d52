import type { INodeProperties } from 'n8n-workflow';

import type { PreparedDocument } from '../../../../documents/documents';
import { readVersion, readWorkflow } from '../../../../extend/api/workflowProperties';
import { openStatuses } from '../../../../extend/runs/standing';
import { count } from '../../../../items/words';
import type { ParameterReader } from '../../../../parameters/reader';
import { readSecrets } from '../../../../submit/properties';
import type { Claimant } from '../../../../submit/types';
import type { Readers } from '../../../operation';
import { readWholeRunOutput } from '../run';

/** One input item, read and checked. */
export interface CreateInput extends Claimant {
	/** The files of the run: one, or those of a package. */
	files: PreparedDocument[];
	isPackage: boolean;
	metadata: Record<string, unknown> | undefined;
	secrets: Record<string, unknown> | undefined;
	/** Texts that must not appear in any error. */
	confidential: string[];
	/** How long to wait, in milliseconds; `undefined`: not at all. */
	waitMs: number | undefined;
	/** Statuses in which the run is waited for. */
	open: readonly string[];
	failsOnTimeout: boolean;
	output: 'simplified' | 'full';
}

const MS_PER_MINUTE = 60_000;

/** Files of a package (`WorkflowRunPackage` of the official SDK). */
const PACKAGE_FILES = { least: 2, most: 50 };

/** Reads and checks the parameters for one item. @throws ComplaintError */
export async function readCreateInput(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	{ documents, metadata }: Readers,
): Promise<CreateInput> {
	const settings = {
		workflowId: readWorkflow(read, itemIndex),
		version: readVersion(read, itemIndex),
		priority: read.wholeNumberIfGiven('options.priority', itemIndex),
		reference: true,
		onUnknownOutcome:
			read.choice('options.onUnknownOutcome', itemIndex) === 'fail'
				? ('fail' as const)
				: ('resubmit' as const),
		settleSeconds: read.wholeNumber('options.settleSeconds', itemIndex),
		isolateBadInputs: false,
	};
	const isPackage = read.choice('documents', itemIndex) === 'package';
	const files = isPackage
		? await readPackage(read, itemIndex, documents)
		: [await documents.read(itemIndex)];
	const { secrets, texts } = readSecrets(read, itemIndex);
	const passwords = files.map(({ password }) => password).filter((password) => password !== '');
	return {
		itemIndex,
		settings,
		document: isPackage ? JSON.stringify(files.map((file) => file.document)) : files[0]!.document,
		files,
		isPackage,
		metadata: metadata.read(itemIndex, true),
		secrets,
		confidential: [...passwords, ...texts],
		waitMs: read.flag('waitForCompletion', itemIndex)
			? read.number('timeoutMinutes', itemIndex) * MS_PER_MINUTE
			: undefined,
		open: openStatuses(read.flag('options.reviewCountsAsFinished', itemIndex)),
		failsOnTimeout: read.choice('options.onTimeout', itemIndex) === 'fail',
		output: readWholeRunOutput(read, itemIndex),
	};
}

/** The parameter that names the files of a package, by where they are from. */
const PACKAGE_PATHS: Readonly<Record<string, string>> = {
	urls: 'fileUrls',
	binary: 'packageFields',
	fileIds: 'fileIds',
};

async function readPackage(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	documents: Readers['documents'],
): Promise<PreparedDocument[]> {
	const source = read.choice('packageSource', itemIndex);
	const path = PACKAGE_PATHS[source]!;
	let files: PreparedDocument[];
	let leftOut = 0;
	if (source === 'binary') {
		({ documents: files, leftOut } = await documents.ofPackage(itemIndex));
	} else if (source === 'fileIds') {
		files = documents.ofIds(read.ids(path, 'file', itemIndex));
	} else files = documents.ofUrls(read.value(path, itemIndex), path, itemIndex);
	const { least, most } = PACKAGE_FILES;
	if (files.length >= least && files.length <= most) return files;
	return read.complain(
		path,
		files.length === 0
			? 'is empty'
			: `names ${files.length} ${files.length === 1 ? 'file' : 'different files'}`,
		[
			`A package has ${least} to ${most} files.`,
			leftOut === 0 ? '' : `The options skip ${count(leftOut, 'other', 'others')}.`,
			`For a single file, set ${read.nameOf('documents')} to One File.`,
		]
			.filter((sentence) => sentence !== '')
			.join(' '),
	);
}
