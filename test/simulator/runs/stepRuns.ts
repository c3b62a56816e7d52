import type { Extend } from 'extend-ai';

import { documentFacts, documentLines, type DocumentFacts } from '../world/documentFacts';
import { fileSummary, pageCount, type FileRecord } from '../world/files';
import { UNUSABLE_FILE } from './lifeCycle';
import {
	CLASSIFICATIONS,
	CLASSIFIER,
	CLASSIFIER_VERSION,
	EXTRACT_CONFIG,
	EXTRACTOR,
	EXTRACTOR_VERSION,
	SPLITTER,
	SPLITTER_VERSION,
} from '../world/processors';
import { plannedFailure, processedUntil, type RunRecord } from './runs';
import { timestamp } from '../world/timestamps';

/** A step that leaves a step run behind, with the time it is done. */
export interface FinishedStep {
	step: Extend.WorkflowStepDefinition;
	/** Milliseconds since 1970; may lie in the future. */
	at: number;
}

const STEPS_WITH_RESULT = ['PARSE', 'CLASSIFY', 'EXTRACT', 'SPLIT'];
const CREDITS_PER_STEP = 2;

/**
 * The steps of a run that have a result, spread evenly over its processing. A run that fails has only
 * its parsing, a run whose file is unusable has none, a cancelled one keeps what was done by then.
 */
export function finishedSteps(run: RunRecord): FinishedStep[] {
	const { start, end } = run.processing;
	if (!Number.isFinite(end)) return [];
	const failure = plannedFailure(run);
	if (failure?.reason === UNUSABLE_FILE.reason) return [];
	const steps = run.version.steps.filter(({ type }) => STEPS_WITH_RESULT.includes(type));
	const pause = (end - start) / (steps.length + 1);
	const until = processedUntil(run);
	return steps
		.map((step, index) => ({ step, at: Math.round(start + pause * (index + 1)) }))
		.filter(({ at }, index) => at <= until && (index === 0 || !failure));
}

/** One step run as the API shows it (Extend SDK, `StepRun`), with both of its discriminators. */
export function stepRunAnswer(run: RunRecord, { step, at }: FinishedStep): Extend.StepRun {
	const file = run.files[0] as FileRecord;
	const doneAt = run.clock.extendTime(at);
	const suffix = suffixOf(run.id);
	const base = {
		object: 'workflow_step_run' as const,
		id: `workflow_step_run_${step.name}_${suffix}`,
		workflowRunId: run.id,
		status: 'PROCESSED',
		files: [],
	};
	const definition = {
		object: 'workflow_step' as const,
		id: `step_${step.name}_${suffixOf(run.version.id)}`,
		name: step.name,
	};
	switch (step.type) {
		case 'CLASSIFY':
			return {
				...base,
				stepType: step.type,
				step: { ...definition, type: step.type },
				result: { classifyRun: classifyRun(suffix, file, doneAt) },
			};
		case 'EXTRACT':
			return {
				...base,
				stepType: step.type,
				step: { ...definition, type: step.type },
				result: { extractRun: extractRun(suffix, file, doneAt) },
			};
		case 'SPLIT':
			return {
				...base,
				stepType: step.type,
				step: { ...definition, type: step.type },
				result: { splitRun: splitRun(suffix, file, doneAt) },
			};
		default:
			return {
				...base,
				stepType: 'PARSE',
				step: { ...definition, type: 'PARSE' },
				result: { parseRun: parseRun(suffix, file) },
			};
	}
}

/** Credits a run cost so far, with their breakdown (Extend SDK, `RunUsage`). */
export function runUsage(run: RunRecord, steps: readonly FinishedStep[]): Extend.RunUsage {
	const credits = steps.length * CREDITS_PER_STEP;
	const suffix = suffixOf(run.id);
	const breakdown = steps.map(({ step: { type } }) => ({
		object: `${type.toLowerCase()}_run`,
		id: `${RUN_PREFIX[type] ?? 'pr'}_${suffix}`,
		credits: CREDITS_PER_STEP,
	}));
	return { credits, totalCredits: credits, breakdown };
}

const RUN_PREFIX: Readonly<Record<string, string>> = {
	PARSE: 'pr',
	EXTRACT: 'exr',
	CLASSIFY: 'clr',
	SPLIT: 'splr',
};

/** A finished parse run (Extend SDK, `ParseRun`). */
export function parseRun(suffix: string, file: FileRecord): Extend.ParseRun {
	const pages = pageCount(file.name);
	const content = file.text ?? documentLines(file.name).join('\n\n');
	return {
		object: 'parse_run',
		id: `pr_${suffix}`,
		batchId: null,
		file: fileSummary(file),
		status: 'PROCESSED',
		failureReason: null,
		failureMessage: null,
		metadata: null,
		output: {
			chunks: [
				{
					object: 'chunk',
					type: 'document',
					content,
					metadata: { pageRange: { start: 1, end: pages }, minOcrConfidence: 0.97 },
					blocks: [block(suffix, content)],
				},
			],
		},
		outputUrl: null,
		metrics: { processingTimeMs: 850, pageCount: pages },
		config: { target: 'markdown', chunkingStrategy: { type: 'document' } },
		usage: usage('parse_run', `pr_${suffix}`),
	};
}

function block(suffix: string, content: string): Extend.Block {
	return {
		object: 'block',
		id: `block_${suffix}`,
		type: 'text',
		content,
		details: {},
		metadata: { page: { number: 1, width: 612, height: 792 } },
		polygon: [
			{ x: 72, y: 72 },
			{ x: 540, y: 72 },
			{ x: 540, y: 360 },
			{ x: 72, y: 360 },
		],
		boundingBox: { left: 72, top: 72, right: 540, bottom: 360 },
	};
}

/** A finished extraction (Extend SDK, `ExtractRun`). `suffix` makes its ids. */
export function extractRun(suffix: string, file: FileRecord, at: number): Extend.ExtractRun {
	const value = extractedFields(documentFacts(file.name));
	const output: Extend.ExtractOutputJson = {
		value,
		metadata: Object.fromEntries(
			Object.keys(value).map((field) => [
				field,
				{ ocrConfidence: 0.99, logprobsConfidence: 0.98, citations: [] },
			]),
		),
	};
	return {
		...processorRun(suffix, file, at),
		object: 'extract_run',
		id: `exr_${suffix}`,
		output,
		initialOutput: output,
		reviewedOutput: null,
		edits: null,
		config: EXTRACT_CONFIG,
		extractor: EXTRACTOR,
		extractorVersion: EXTRACTOR_VERSION,
		files: null,
		dashboardUrl: `https://dashboard.extend.ai/runs/exr_${suffix}`,
		usage: usage('extract_run', `exr_${suffix}`),
	};
}

function extractedFields(facts: DocumentFacts): Record<string, unknown> {
	const { invoice_number, vendor, date, currency, total, line_items } = facts;
	return { invoice_number, vendor, date, currency, total, line_items };
}

/** A finished classification (Extend SDK, `ClassifyRun`). */
export function classifyRun(suffix: string, file: FileRecord, at: number): Extend.ClassifyRun {
	const output = classification(documentFacts(file.name));
	return {
		...processorRun(suffix, file, at),
		object: 'classify_run',
		id: `clr_${suffix}`,
		output,
		initialOutput: output,
		reviewedOutput: null,
		config: { classifications: CLASSIFICATIONS },
		classifier: CLASSIFIER,
		classifierVersion: CLASSIFIER_VERSION,
		dashboardUrl: `https://dashboard.extend.ai/runs/clr_${suffix}`,
		usage: usage('classify_run', `clr_${suffix}`),
	};
}

function classification({ category, confidence }: DocumentFacts): Extend.ClassifyOutput {
	return {
		id: `class_${category}`,
		type: category,
		confidence,
		insights: [{ type: 'reasoning', content: `The title reads "${category}".` }],
	};
}

/** A finished split (Extend SDK, `SplitRun`). */
export function splitRun(suffix: string, file: FileRecord, at: number): Extend.SplitRun {
	const { category, invoice_number } = documentFacts(file.name);
	const output: Extend.SplitOutput = {
		splits: Array.from({ length: pageCount(file.name) }, (_, index) => ({
			id: `split_${index + 1}_${suffix}`,
			type: category,
			classificationId: `class_${category}`,
			identifier: `${invoice_number}-${index + 1}`,
			observation: `A new document begins on page ${index + 1}.`,
			startPage: index + 1,
			endPage: index + 1,
			fileId: `file_split${index + 1}_${suffix}`,
			name: `${file.name} (${index + 1})`,
		})),
	};
	return {
		...processorRun(suffix, file, at),
		object: 'split_run',
		id: `splr_${suffix}`,
		output,
		initialOutput: output,
		reviewedOutput: null,
		config: { splitClassifications: CLASSIFICATIONS },
		splitter: SPLITTER,
		splitterVersion: SPLITTER_VERSION,
		dashboardUrl: `https://dashboard.extend.ai/runs/splr_${suffix}`,
		usage: usage('split_run', `splr_${suffix}`),
	};
}

function processorRun(suffix: string, file: FileRecord, at: number) {
	return {
		status: 'PROCESSED',
		failureReason: null,
		failureMessage: null,
		metadata: null,
		reviewed: false,
		edited: false,
		file: fileSummary(file),
		parseRunId: `pr_${suffix}`,
		createdAt: timestamp(at),
		updatedAt: timestamp(at),
	};
}

function usage(object: string, id: string): Extend.RunUsage {
	const breakdown = [{ object, id, credits: CREDITS_PER_STEP }];
	return { credits: CREDITS_PER_STEP, totalCredits: CREDITS_PER_STEP, breakdown };
}

function suffixOf(id: string): string {
	return id.replace(/^workflow_(run|version)_/, '');
}
