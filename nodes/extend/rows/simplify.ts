import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../parameters/checks';
import { confidenceIn } from './confidence';
import { placeOf } from '../runs/place';
import { REFERENCE_KEY } from '../runs/reference';
import type { StepRun, WorkflowRun } from '../api/types';

/** What is told of each part that a splitter found. */
const SPLIT_FIELDS = ['type', 'identifier', 'startPage', 'endPage', 'fileId', 'name'];

type JsonObject = Record<string, unknown>;

function objectIn(value: unknown): JsonObject | undefined {
	return isObject(value) ? value : undefined;
}

function textIn(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function listIn(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

/** A code such as `FAILED_TO_PROCESS_FILE` in words: `Failed to process file`. */
function inWords(code: string): string {
	const words = code.replaceAll('_', ' ').trim();
	if (!/^[A-Z0-9_]+$/.test(code)) return words;
	return words.charAt(0) + words.slice(1).toLowerCase();
}

/** Why something failed, from its `failureReason` (a code) and `failureMessage` (Extend's words). */
function failureIn({ failureReason, failureMessage }: JsonObject): string | undefined {
	const code = textIn(failureReason);
	const message = textIn(failureMessage);
	const reason = code === undefined ? undefined : inWords(code);
	if (reason === undefined || message === undefined) return reason ?? message;
	return message.toLowerCase().startsWith(reason.toLowerCase()) ? message : `${reason}: ${message}`;
}

/** The extract, classify or split run inside a step run, whatever the type of the step is called. */
function processorRunIn({ result }: StepRun): JsonObject | undefined {
	return (
		objectIn(result?.extractRun) ?? objectIn(result?.classifyRun) ?? objectIn(result?.splitRun)
	);
}

/** Why a run has no good result, in words; null if it has one, or if nobody knows why. */
function failureOf(run: WorkflowRun): string | null {
	const failure = failureIn({ ...run });
	if (failure !== undefined) return failure;
	if (run.status === 'REJECTED') {
		const note = textIn(run.rejectionNote);
		return note === undefined ? 'Rejected in review' : `Rejected in review: ${note}`;
	}
	if (run.status !== 'FAILED') return null;
	for (const step of listIn(run.stepRuns)) {
		const failed = objectIn(step) && failureIn(processorRunIn(step as StepRun) ?? {});
		if (failed !== undefined) return failed;
	}
	return null;
}

/** A list as the text of one cell: plain values with commas in between, anything else as JSON. */
function listAsText(list: unknown[]): string | null {
	if (list.length === 0) return null;
	const isPlain = list.every((entry) => typeof entry !== 'object');
	return isPlain ? list.map(String).join(', ') : JSON.stringify(list);
}

/** A name that is like the wanted one, but not taken: `total`, `total (2)`, `total (3)`. */
function freeName(wanted: string, isTaken: (name: string) => boolean): string {
	let name = wanted;
	for (let number = 2; isTaken(name); number++) name = `${wanted} (${number})`;
	return name;
}

/** One entry of a list, which gets a row of its own. */
interface ListEntry {
	/** The column of the list, such as `extract.line_items`. */
	path: string;
	index: number;
}

/** A row of a table. Every value gets a column of its own. */
class Row {
	readonly columns: IDataObject = {};

	/** The columns that hold lists, each with the number of its entries. */
	readonly lists = new Map<string, number>();

	constructor(private readonly entry?: ListEntry) {}

	/** Puts a value under a key, and an object under one key for each of its values. */
	put(key: string, value: unknown): void {
		if (!Array.isArray(value)) {
			this.single(key, value);
			return;
		}
		this.lists.set(key, value.length);
		const isExpanded = key === this.entry?.path;
		const entry: unknown = isExpanded ? value[this.entry.index] : value;
		if (Array.isArray(entry)) this.column(key, listAsText(entry));
		else this.single(key, entry);
	}

	private single(key: string, value: unknown): void {
		if (isObject(value)) {
			const entries = Object.entries(value);
			if (entries.length === 0) this.column(key, null);
			for (const [name, part] of entries) this.put(`${key}.${name}`, part);
		} else {
			this.column(key, value ?? null);
		}
	}

	private column(key: string, value: IDataObject[string]): void {
		this.columns[freeName(key, (name) => Object.hasOwn(this.columns, name))] = value;
	}
}

/** The output that counts: a person's correction, if there is one. */
function outputOf(processorRun: JsonObject): JsonObject | undefined {
	return (
		objectIn(processorRun.reviewedOutput) ??
		objectIn(processorRun.output) ??
		objectIn(processorRun.initialOutput)
	);
}

/** A value and the column that it is for. */
type Cell = [column: string, value: unknown];

/** How sure Extend is of an extraction; nothing where it does not tell. */
function scoresIn(metadata: unknown): Cell[] {
	if (!isObject(metadata)) return [];
	const { confidence, reviewScore } = confidenceIn(metadata);
	const cells: Cell[] = [
		['lowestConfidence', confidence.score],
		['lowestConfidenceField', confidence.field],
	];
	if (reviewScore !== undefined) {
		cells.push(
			['lowestReviewScore', reviewScore.score],
			['lowestReviewScoreField', reviewScore.field],
		);
	}
	return cells;
}

/** What a step found out; `undefined` if it is none of the kinds that find something out, or found nothing. */
function findingsOf(step: StepRun): Cell[] | undefined {
	const processorRun = processorRunIn(step);
	const output = processorRun && outputOf(processorRun);
	if (output === undefined) return undefined;
	if (objectIn(step.result?.extractRun) !== undefined) {
		// Extractors of old give the fields without a `value` around them.
		const values = objectIn(output.value) ?? ('value' in output ? undefined : output);
		return values && [...Object.entries(values), ...scoresIn(output.metadata)];
	}
	if (objectIn(step.result?.classifyRun) !== undefined) {
		return [
			['type', output.type],
			['confidence', output.confidence],
		];
	}
	const splits = listIn(output.splits).map((split) =>
		Object.fromEntries(SPLIT_FIELDS.map((field) => [field, objectIn(split)?.[field] ?? null])),
	);
	return [
		['count', splits.length],
		['splits', splits],
	];
}

/** A name for the columns of each step that is like its own, but no other's. */
class StepNames {
	private readonly taken = new Set(['metadata']);

	take({ step, stepType }: StepRun): string {
		const own = textIn(step?.name) ?? textIn(stepType ?? step?.type)?.toLowerCase() ?? 'step';
		const name = freeName(own, (wanted) => this.taken.has(wanted));
		this.taken.add(name);
		return name;
	}
}

/**
 * A whole run as one flat object, for a row of a table: which file it is and how it ended, its metadata
 * as `metadata.<key>`, the values of its extract, classify and split steps as `<step name>.<field>`, and
 * behind these the ids, times and addresses.
 * A second step of the same name becomes `<step name> (2)`, and so does a second value of the same name:
 * `total.net` beside `net` within `total`. Every value is plain: a list, such as line items, becomes text,
 * plain values with commas in between and objects as JSON.
 *
 * `itemIndex` is the index of the input item in n8n, if the run carries this package's reference, and
 * `binaryPropertyName` the field of its file, which is only there where the item has several; the rest of the reference is left out. `failureReason` is in words. There is never a key `error`, which
 * n8n would take for a failure. What is missing in the run is null here; unknown kinds of steps are
 * left out.
 */
export function simplifyRun(run: WorkflowRun): IDataObject {
	return rowOf(cellsOf(run)).columns;
}

/**
 * A whole run as flat objects, one for each entry of a list and otherwise as `simplifyRun`: an entry that is
 * an object has its fields as `<path>.<field>`. A run with an empty list, or without it, is one row.
 * @param path the column in which `simplifyRun` puts the list, such as `extract.line_items`
 * @returns the rows, and the columns of all lists that the run has
 */
export function expandRun(
	run: WorkflowRun,
	path: string,
): { rows: IDataObject[]; lists: string[] } {
	const cells = cellsOf(run);
	const { columns, lists } = rowOf(cells, { path, index: 0 });
	const rows = [columns];
	for (let index = 1; index < (lists.get(path) ?? 0); index++) {
		rows.push(rowOf(cells, { path, index }).columns);
	}
	return { rows, lists: [...lists.keys()] };
}

/** A row of these values; where an entry is given, with that one in place of its list. */
function rowOf(cells: readonly Cell[], entry?: ListEntry): Row {
	const row = new Row(entry);
	for (const [column, value] of cells) row.put(column, value);
	return row;
}

/** What there is to tell of a run, in the order of the columns. */
function cellsOf(run: WorkflowRun): Cell[] {
	const { item, file: field } = placeOf(run);
	const file = objectIn(listIn(run.files)[0]);
	const metadata = Object.entries(objectIn(run.metadata) ?? {}).filter(
		([key]) => item === undefined || key !== REFERENCE_KEY,
	);
	const names = new StepNames();
	const findings = listIn(run.stepRuns).flatMap((step): Cell[] => {
		const found = objectIn(step) && findingsOf(step as StepRun);
		if (found === undefined) return [];
		const name = names.take(step as StepRun);
		return found.map(([field, value]) => [`${name}.${field}`, value]);
	});
	return [
		['fileName', textIn(file?.name)],
		['status', run.status],
		...metadata.map(([key, value]): Cell => [`metadata.${key}`, value]),
		...findings,
		['failureReason', failureOf(run)],
		['runId', run.id],
		['fileId', textIn(file?.id)],
		['batchId', run.batchId],
		['itemIndex', item],
		...(field === undefined ? [] : [['binaryPropertyName', field] satisfies Cell]),
		['workflowId', run.workflow?.id],
		['workflowName', run.workflow?.name],
		['version', run.workflowVersion?.version],
		['startTime', run.startTime],
		['endTime', run.endTime],
		['dashboardUrl', run.dashboardUrl],
	];
}
