import type { INodeProperties } from 'n8n-workflow';

import { declare } from '../parameters/declaration';
import { textsIn } from '../parameters/jsonValues';
import type { ParameterReader } from '../parameters/reader';

/** What a request starts, in words. */
type Started = 'batch' | 'run';

/** Among the options of what starts runs, like all here. The fallback is Extend's own. */
export function priority(fallback: number) {
	return declare({
		displayName: 'Priority',
		name: 'priority',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: fallback,
		description: 'From 1 (first) to 100 (last). It matters only while Extend is busy.',
	});
}

/** Whether runs carry the reference by which they are found again. */
export function reference(started: Started) {
	return declare({
		displayName: 'Add Tracking Reference',
		name: 'reference',
		type: 'boolean',
		default: true,
		description: `Whether to add the item and execution that each run comes from to its metadata, under the key n8n. Without it, a ${started} whose answer was lost cannot be found again, and the node stops instead.`,
	});
}

/** What to do when a lost answer is looked up in vain. */
export function onUnknownOutcome(started: Started) {
	const again = started === 'batch' ? 'the batch again if it' : 'the document again if its run';
	return declare({
		displayName: 'If Extend’s Answer Is Lost',
		name: 'onUnknownOutcome',
		type: 'options',
		options: [
			{
				name: 'Submit Again',
				value: 'resubmit',
				description: `Submit ${again} cannot be found in Extend`,
			},
			{
				name: 'Stop',
				value: 'fail',
				description: 'Stop, and say which documents are in doubt',
			},
		],
		default: 'resubmit',
		description: `What to do if the connection breaks before Extend answers, and the ${started} does not appear in Extend within the time to look for it`,
	});
}

/** How long a lost answer is looked up. */
export function settleSeconds(started: 'Batch' | 'Run') {
	return declare({
		displayName: `Time to Look for a Lost ${started} (Seconds)`,
		name: 'settleSeconds',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 3600, numberPrecision: 0 },
		default: 60,
		description: `How long to look in Extend for a ${started.toLowerCase()} whose answer was lost, before concluding that it is not there`,
	});
}

/** What the steps of a workflow need and nobody may see. */
export const secrets = declare({
	displayName: 'Secrets',
	name: 'secrets',
	type: 'json',
	default: '{}',
	placeholder: 'e.g. { "ERP_TOKEN": "..." }',
	description:
		'A JSON object with values for the steps of the workflow. Extend never returns them.',
});

/** The secrets for the workflow of an item, and the texts in them, which must not appear in any error. */
export interface Secrets {
	secrets: Record<string, unknown> | undefined;
	texts: string[];
}

/** Reads the secrets for the workflow of an item. @throws ComplaintError */
export function readSecrets(read: ParameterReader<INodeProperties>, itemIndex: number): Secrets {
	const secrets = read.json('options.secrets', itemIndex);
	const texts = textsIn(secrets).filter((text) => text !== '');
	return { secrets: Object.keys(secrets).length === 0 ? undefined : secrets, texts };
}
