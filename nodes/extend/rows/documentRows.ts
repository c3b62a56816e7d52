import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../parameters/checks';
import { PROCESSOR_OF } from '../api/documentRuns';
import type { DocumentRunKind } from '../api/documentRuns';
import type { DocumentRun } from '../api/types';
import { expandRun, simplifyRun } from './simplify';

/** A chunk of a parsed document (`Chunk` of the official SDK), as far as it is told. */
interface Chunk {
	content: string;
	startPage: number | null;
	endPage: number | null;
}

function numberIn(value: unknown): number | null {
	return typeof value === 'number' ? value : null;
}

function chunksOf({ output }: DocumentRun): Chunk[] {
	const chunks: unknown[] = isObject(output) && Array.isArray(output.chunks) ? output.chunks : [];
	return chunks.filter(isObject).map(({ content, metadata }) => {
		const range = isObject(metadata) && isObject(metadata.pageRange) ? metadata.pageRange : {};
		return {
			content: typeof content === 'string' ? content : '',
			startPage: numberIn(range.start),
			endPage: numberIn(range.end),
		};
	});
}

/** The run as the only step of a workflow run, so that its columns are the same as there. */
function asWorkflowRun(kind: DocumentRunKind, run: DocumentRun) {
	const { id, status, metadata, failureReason, failureMessage, file, dashboardUrl } = run;
	const files = file ? [file] : [];
	const stepRuns = [{ step: { name: kind }, result: { [`${kind}Run`]: run } }];
	return { id, status, metadata, failureReason, failureMessage, files, dashboardUrl, stepRuns };
}

/** Columns that only runs of workflows have, and those that come last. */
const OF_WORKFLOWS = ['batchId', 'workflowId', 'workflowName', 'startTime', 'endTime'];
const LAST = ['version', 'dashboardUrl'];

/** Puts the processor in the place of what only runs of workflows have. */
function ofDocument(kind: DocumentRunKind, run: DocumentRun, row: IDataObject): IDataObject {
	const own = Object.fromEntries(
		Object.entries(row).filter(([column]) => ![...OF_WORKFLOWS, ...LAST].includes(column)),
	);
	const type = PROCESSOR_OF[kind];
	if (type === undefined) return own;
	const processor = run[type];
	return {
		...own,
		[`${type}Id`]: processor?.id ?? null,
		[`${type}Name`]: processor?.name ?? null,
		version: run[`${type}Version`]?.version ?? null,
		dashboardUrl: run.dashboardUrl ?? null,
	};
}

const SPLITS = 'split.splits';

/** The columns of a part: `split.type` for `split.splits.type`. */
function ofPart(row: IDataObject): IDataObject {
	return Object.fromEntries(
		Object.entries(row)
			.filter(([column]) => column !== SPLITS)
			.map(([column, value]) => [column.replace(`${SPLITS}.`, 'split.'), value]),
	);
}

function parseRows(run: DocumentRun, row: IDataObject): IDataObject[] {
	const chunks = chunksOf(run);
	const { fileName, status, ...others } = row;
	const pageCount = run.metrics?.pageCount ?? null;
	return chunks.map(({ content, startPage, endPage }, index) => ({
		fileName,
		status,
		'parse.text': content,
		'parse.chunk': index + 1,
		'parse.chunkCount': chunks.length,
		'parse.startPage': startPage,
		'parse.endPage': endPage,
		'parse.pageCount': pageCount,
		...others,
	}));
}

/**
 * A finished run of a single document as flat rows, with the columns that `simplifyRun` gives to the step of
 * a workflow: one row for an extraction (`extract.<field>`) and a classification (`classify.type`), one for
 * each part of a split document (`split.type`, `split.startPage`), one for each chunk of a parsed one
 * (`parse.text`). There is always at least one row.
 */
export function documentRows(kind: DocumentRunKind, run: DocumentRun): IDataObject[] {
	const whole = asWorkflowRun(kind, run);
	if (kind === 'split') {
		return expandRun(whole, SPLITS).rows.map((row) => ofPart(ofDocument(kind, run, row)));
	}
	const row = ofDocument(kind, run, simplifyRun(whole));
	if (kind !== 'parse') return [row];
	const rows = parseRows(run, row);
	return rows.length === 0 ? [{ ...row, 'parse.text': '' }] : rows;
}
