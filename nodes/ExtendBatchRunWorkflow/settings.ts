import { isObject } from '../parameters/checks';
import type { JobSettings, SubmissionSettings } from '../submit/types';
import type { Parameters } from './properties';
import { readVersion, readWorkflow } from '../extend/api/workflowProperties';

/** Everything that an input shares with the others of its batch. */
export interface BatchSettings extends SubmissionSettings {
	batchSize: number;
	output: 'batch' | 'input';
}

/** What a Job Key asks for; `undefined` without one. */
function jobIn(read: Parameters, itemIndex: number): JobSettings | undefined {
	const lookBackDays = read.wholeNumber('options.lookBackDays', itemIndex);
	const resubmitFailed = read.flag('options.resubmitFailed', itemIndex);
	const given = read.value('options.jobKey', itemIndex);
	if (given === '') return undefined;
	// Without a key, each execution would submit the item again, and nobody would notice.
	if (given === undefined || given === null) {
		read.complain(
			'options.jobKey',
			'has no value',
			'Make its expression return a name for the job, or remove the option.',
		);
	}
	const key = read.line('options.jobKey', itemIndex);
	if (key === '') return undefined;
	if (!read.flag('options.reference', itemIndex)) {
		read.complain(
			'options.jobKey',
			`needs the option ${read.nameOf('options.reference')}`,
			'Turn that option on, so that the runs of the job can be found again, or remove the Job Key.',
		);
	}
	return { key, lookBackDays, resubmitFailed };
}

function settingsIn(read: Parameters, itemIndex: number): BatchSettings {
	return {
		workflowId: readWorkflow(read, itemIndex),
		version: readVersion(read, itemIndex),
		priority: read.wholeNumberIfGiven('options.priority', itemIndex),
		batchSize: read.wholeNumber('options.batchSize', itemIndex),
		output: read.choice('options.output', itemIndex),
		reference: read.flag('options.reference', itemIndex),
		onUnknownOutcome: read.choice('options.onUnknownOutcome', itemIndex),
		settleSeconds: read.wholeNumber('options.settleSeconds', itemIndex),
		isolateBadInputs: read.flag('options.isolateBadInputs', itemIndex),
		job: jobIn(read, itemIndex),
	};
}

function areSame(one: unknown, other: unknown): boolean {
	if (one === other) return true;
	if (!isObject(one) || !isObject(other)) return false;
	return Object.keys(one).every((name) => areSame(one[name], other[name]));
}

/** Reads and checks the settings of items. Items that agree get the same object. */
export class SettingsReader {
	private readonly known = new Map<string, BatchSettings>();

	/** Those of the item before; mostly the next one has the same. */
	private last: BatchSettings | undefined;

	private readonly settingsOf: (itemIndex: number) => BatchSettings;

	constructor(parameters: Parameters) {
		this.settingsOf = parameters.shared((itemIndex) => settingsIn(parameters, itemIndex));
	}

	/** @throws ComplaintError */
	read(itemIndex: number): BatchSettings {
		const settings = this.settingsOf(itemIndex);
		if (this.last !== undefined && areSame(settings, this.last)) return this.last;
		const key = JSON.stringify(settings);
		this.last = this.known.get(key) ?? settings;
		this.known.set(key, this.last);
		return this.last;
	}
}
