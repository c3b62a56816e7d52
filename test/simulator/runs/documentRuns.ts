import type { Extend } from 'extend-ai';

import type { FileRecord } from '../world/files';
import { fileSummary } from '../world/files';
import type { JsonObject } from '../http/json';
import type { Clock } from '../world/clock';
import { processorVersion, type ProcessorKind, type ProcessorSummary } from '../world/processors';
import { timestamp } from '../world/timestamps';
import type { Period, RunStatus, Transition } from './runs';
import { classifyRun, extractRun, parseRun, splitRun } from './stepRuns';

/** The kinds of runs that take one document through no workflow. */
export const DOCUMENT_RUN_KINDS = ['extract', 'classify', 'split', 'parse'] as const;

/** One of {@link DOCUMENT_RUN_KINDS}. */
export type DocumentRunKind = (typeof DOCUMENT_RUN_KINDS)[number];

/** The processor that runs of a kind use; parse runs have none. */
export const PROCESSOR_OF: Readonly<Record<DocumentRunKind, ProcessorKind | undefined>> = {
	extract: 'extractor',
	classify: 'classifier',
	split: 'splitter',
	parse: undefined,
};

/** How the ids of runs of a kind begin. */
export const ID_PREFIX: Readonly<Record<DocumentRunKind, string>> = {
	extract: 'exr',
	classify: 'clr',
	split: 'splr',
	parse: 'pr',
};

/** A run of a single document. As with workflow runs, its whole future is laid down at once. */
export interface DocumentRunRecord {
	readonly seq: number;
	readonly id: string;
	readonly kind: DocumentRunKind;
	readonly processor: ProcessorSummary | undefined;
	readonly version: string;
	/** The config of a parse run, as it was given. */
	readonly config: JsonObject;
	readonly metadata: JsonObject;
	readonly files: readonly FileRecord[];
	readonly clock: Clock;
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	/** From when lists show it. */
	readonly visibleAt: number;
	/** From when it can be retrieved. */
	readonly readableAt: number;
	readonly processing: Period;
	/** In order of time; the first is when it was accepted. */
	timeline: [Transition, ...Transition[]];
	deleted: boolean;
}

/** Statuses of workflow runs that runs of documents do not have (Extend SDK, `ProcessorRunStatus`). */
const STATUS_INSTEAD: Partial<Record<RunStatus, string>> = {
	NEEDS_REVIEW: 'PROCESSED',
	REJECTED: 'PROCESSED',
	CANCELLING: 'PROCESSING',
};

/** Where a run stands at a time. */
export function documentRunStatus({ kind, timeline }: DocumentRunRecord, at: number): string {
	const { status } = currentOf(timeline, at);
	const shown = STATUS_INSTEAD[status] ?? status;
	// A single parse run is never pending (Extend SDK, `ParseRunStatusEnum`).
	return kind === 'parse' && shown === 'PENDING' ? 'PROCESSING' : shown;
}

function currentOf(timeline: readonly Transition[], at: number): Transition {
	return timeline.findLast((transition) => transition.at <= at) ?? timeline[0]!;
}

type AnyRun = Extend.ExtractRun | Extend.ClassifyRun | Extend.SplitRun | Extend.ParseRun;

function finishedRun({ kind, id, files }: DocumentRunRecord, at: number): AnyRun {
	const suffix = id.replace(/^[a-z]+_/, '');
	const file = files[0]!;
	switch (kind) {
		case 'extract':
			return extractRun(suffix, file, at);
		case 'classify':
			return classifyRun(suffix, file, at);
		case 'split':
			return splitRun(suffix, file, at);
		case 'parse':
			return parseRun(suffix, file);
	}
}

/** What both forms of a run say of it. */
function factsOf(run: DocumentRunRecord, at: number) {
	const { kind, processor, version, timeline, clock, createdAt, metadata } = run;
	const current = currentOf(timeline, at);
	const name = PROCESSOR_OF[kind];
	return {
		id: run.id,
		status: documentRunStatus(run, at),
		metadata,
		failureReason: current.failure?.reason ?? null,
		failureMessage: current.failure?.message ?? null,
		...(name === undefined
			? {}
			: {
					[name]: processor ?? null,
					[`${name}Version`]:
						processor === undefined ? null : processorVersion(name, processor, version),
				}),
		createdAt: timestamp(clock.extendTime(createdAt)),
		updatedAt: timestamp(clock.extendTime(current.at)),
	};
}

/** A whole run (Extend SDK, `ExtractRun`, `ClassifyRun`, `SplitRun`, `ParseRun`). */
export function documentRunAnswer(run: DocumentRunRecord, at: number): AnyRun {
	const finished = finishedRun(run, run.clock.extendTime(at));
	const facts: Partial<ReturnType<typeof factsOf>> = factsOf(run, at);
	if (run.kind === 'parse') {
		// A whole parse run shows no times, unlike its entry in a list.
		delete facts.createdAt;
		delete facts.updatedAt;
	}
	const isDone = facts.status === 'PROCESSED';
	const open = {
		output: null,
		usage: null,
		...('metrics' in finished ? { metrics: null } : { initialOutput: null, reviewedOutput: null }),
	};
	const config = run.kind === 'parse' ? { config: { ...finished.config, ...run.config } } : {};
	return { ...finished, ...facts, ...config, ...(isDone ? {} : open) } as AnyRun;
}

/** What entries of lists do not have. */
const ONLY_WHOLE = ['output', 'config', 'initialOutput', 'reviewedOutput', 'edits', 'outputUrl'];

/** A run in a list (Extend SDK, `ExtractRunSummary` and its like): without output and config. */
export function documentRunSummary(run: DocumentRunRecord, at: number): object {
	const { object, usage, ...finished } = finishedRun(run, run.clock.extendTime(at));
	const facts = factsOf(run, at);
	const isDone = facts.status === 'PROCESSED';
	const others = Object.fromEntries(
		Object.entries(finished).filter(([name]) => !ONLY_WHOLE.includes(name)),
	);
	const { credits = 0, totalCredits = 0 } = usage ?? {};
	return {
		object,
		...others,
		...facts,
		file: fileSummary(run.files[0]!),
		usage: isDone ? { credits, totalCredits } : null,
		...('metrics' in others && !isDone ? { metrics: null } : {}),
	};
}
