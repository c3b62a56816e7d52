import { complain, isObject } from '../parameters/checks';
import { readId } from '../parameters/ids';
import type { ItemParameters } from '../parameters/itemParameters';
import type { SubmissionSettings } from './submit/types';
import { declared } from './properties';

/** Everything that an input shares with the others of its batch. */
export interface BatchSettings extends SubmissionSettings {
	batchSize: number;
	output: 'batch' | 'input';
}

/** Values of the parameters that belong to a batch as a whole. */
interface SettingValues {
	workflow: unknown;
	version: unknown;
	priority: unknown;
	batchSize: unknown;
	output: unknown;
	reference: unknown;
	onUnknownOutcome: unknown;
	settleSeconds: unknown;
	isolateBadInputs: unknown;
}

function isShallowlySame(a: SettingValues, b: SettingValues): boolean {
	return (Object.keys(a) as Array<keyof SettingValues>).every((name) => a[name] === b[name]);
}

function readWorkflow(value: unknown): string {
	const parameter = declared.nameOf('workflow');
	const id = readId(isObject(value) ? value.value : value, parameter, 'workflow');
	if (id === '') {
		complain(parameter, 'is empty', 'Choose the Extend workflow that is to run each document.');
	}
	return id;
}

function readVersion(value: unknown): string {
	const version = declared.line('version', value);
	if (/[\s/[\]{}"]/.test(version)) {
		complain(
			declared.nameOf('version'),
			'is no version',
			'Choose one from the list, or enter its number, such as 3, or draft.',
		);
	}
	return version;
}

function checkedSettings(values: SettingValues): BatchSettings {
	const { priority } = values;
	const hasPriority = priority !== null && priority !== undefined && priority !== '';
	return {
		workflowId: readWorkflow(values.workflow),
		version: readVersion(values.version),
		...(hasPriority ? { priority: declared.wholeNumber('options.priority', priority) } : {}),
		batchSize: declared.wholeNumber('options.batchSize', values.batchSize),
		output: declared.choice('options.output', values.output, ['batch', 'input']),
		reference: declared.flag('options.reference', values.reference),
		onUnknownOutcome: declared.choice('options.onUnknownOutcome', values.onUnknownOutcome, [
			'resubmit',
			'fail',
		]),
		settleSeconds: declared.wholeNumber('options.settleSeconds', values.settleSeconds),
		isolateBadInputs: declared.flag('options.isolateBadInputs', values.isolateBadInputs),
	};
}

/** Reads and checks the settings of items. Items that agree get the same object. */
export class SettingsReader {
	private readonly known = new Map<string, BatchSettings>();

	/** What the item before had; mostly the next one has the same. */
	private last: { values: SettingValues; settings: BatchSettings } | undefined;

	constructor(private readonly parameters: ItemParameters) {}

	/** @throws ComplaintError */
	read(itemIndex: number): BatchSettings {
		const get = (path: string, fallback: unknown) => this.parameters.get(path, itemIndex, fallback);
		const values = {
			workflow: get('workflow', ''),
			version: get('version', ''),
			priority: get('options.priority', null),
			batchSize: get('options.batchSize', 1000),
			output: get('options.output', 'batch'),
			reference: get('options.reference', true),
			onUnknownOutcome: get('options.onUnknownOutcome', 'resubmit'),
			settleSeconds: get('options.settleSeconds', 60),
			isolateBadInputs: get('options.isolateBadInputs', true),
		};
		const before = this.last;
		if (before !== undefined && isShallowlySame(values, before.values)) return before.settings;
		const settings = checkedSettings(values);
		const key = JSON.stringify(settings);
		const known = this.known.get(key) ?? settings;
		this.known.set(key, known);
		this.last = { values, settings: known };
		return known;
	}
}
