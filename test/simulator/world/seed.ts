import type { Extend } from 'extend-ai';

import { CLASSIFIER, EXTRACTOR, SPLITTER } from './processors';
import { DEFAULT_STEPS, deploy, newWorkflow, type WorkflowRecord } from './workflows';

/** Names of the workflows that every simulator starts with, in its main workspace. */
export const SEED_WORKFLOWS = {
	/** Classifies and extracts; versions draft, 1, 2 and 3. */
	invoices: 'Invoice Processing',
	/** Extracts; versions draft and 1. */
	receipts: 'Receipt Intake',
	/** Splits; versions draft and 1. */
	mail: 'Mail Splitting',
	/** Extracts with human review; has only a draft. */
	contracts: 'Contract Review',
} as const;

/** The name of the only workflow of the second workspace. */
export const OTHER_WORKSPACE_WORKFLOW = 'Other Workspace Workflow';

const EXTRACT: Extend.WorkflowStepDefinition = {
	type: 'EXTRACT',
	name: 'extract',
	config: { extractor: { id: EXTRACTOR.id, version: '1' } },
};
const CLASSIFY: Extend.WorkflowStepDefinition = {
	type: 'CLASSIFY',
	name: 'classify',
	config: { classifier: { id: CLASSIFIER.id, version: '1' } },
};
const SPLIT: Extend.WorkflowStepDefinition = {
	type: 'SPLIT',
	name: 'split',
	config: { splitter: { id: SPLITTER.id, version: '1' } },
};
const HUMAN_REVIEW: Extend.WorkflowStepDefinition = { type: 'HUMAN_REVIEW', name: 'review' };

/** Gives out the sequence numbers of records. */
export type NextSeq = () => number;

/** The workflows of the main workspace, oldest first. */
export function seedWorkflows(nextSeq: NextSeq, now: number): WorkflowRecord[] {
	const make = (name: string, steps: Extend.WorkflowStepDefinition[], versions: string[]) => {
		const workflow = newWorkflow(nextSeq(), name, [...DEFAULT_STEPS, ...steps], now);
		for (const version of versions) deploy(workflow, version, undefined, now);
		return workflow;
	};
	return [
		make(SEED_WORKFLOWS.contracts, [EXTRACT, HUMAN_REVIEW], []),
		make(SEED_WORKFLOWS.mail, [SPLIT], ['First version']),
		make(SEED_WORKFLOWS.receipts, [EXTRACT], ['First version']),
		make(SEED_WORKFLOWS.invoices, [CLASSIFY, EXTRACT], ['Pilot', 'With totals', 'Production v3']),
	];
}

/** The one workflow of the second workspace. */
export function otherWorkflow(nextSeq: NextSeq, now: number): WorkflowRecord {
	return newWorkflow(nextSeq(), OTHER_WORKSPACE_WORKFLOW, DEFAULT_STEPS, now);
}

/** `count` more workflows, named `Workflow 0001`, `Workflow 0002` and so on. */
export function manyWorkflows(nextSeq: NextSeq, now: number, count: number): WorkflowRecord[] {
	return Array.from({ length: count }, (_, index) => {
		const name = `Workflow ${String(index + 1).padStart(4, '0')}`;
		const workflow = newWorkflow(nextSeq(), name, [...DEFAULT_STEPS, EXTRACT], now);
		deploy(workflow, null, undefined, now);
		return workflow;
	});
}
