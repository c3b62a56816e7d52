import { cancel as cancelBatch } from './actions/batch/cancel.operation';
import { deleteRuns } from './actions/batch/deleteRuns.operation';
import { getStatus } from './actions/batch/getStatus.operation';
import { classify } from './actions/document/classify.operation';
import { extract } from './actions/document/extract.operation';
import { parse } from './actions/document/parse.operation';
import { split } from './actions/document/split.operation';
import { deleteOne as deleteFile } from './actions/file/delete.operation';
import { download } from './actions/file/download.operation';
import { get as getFile } from './actions/file/get.operation';
import { getAll as getFiles } from './actions/file/getAll.operation';
import { upload } from './actions/file/upload.operation';
import { create as createRun } from './actions/run/create.operation';
import { cancel as cancelRun } from './actions/run/cancel.operation';
import { deleteOne as deleteRun } from './actions/run/delete.operation';
import { get as getRun } from './actions/run/get.operation';
import { getAll as getRuns } from './actions/run/getAll.operation';
import { update as updateRun } from './actions/run/update.operation';
import type { Operation } from './operation';

/** Every operation of the node, by name within each resource. */
export const OPERATIONS: readonly Operation[] = [
	cancelBatch,
	deleteRuns,
	getStatus,
	classify,
	extract,
	parse,
	split,
	deleteFile,
	download,
	getFile,
	getFiles,
	upload,
	cancelRun,
	deleteRun,
	getRun,
	getRuns,
	createRun,
	updateRun,
];
