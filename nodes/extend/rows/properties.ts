import { declare } from '../../parameters/declaration';

/** How much of each run a node returns, with what each choice means there. */
export function output(
	meanings: { simplified: string; summary: string; full: string },
	description = 'How much to return for each run',
) {
	return declare({
		displayName: 'Output',
		name: 'output',
		type: 'options',
		options: [
			{ name: 'Simplified', value: 'simplified', description: meanings.simplified },
			{ name: 'Summary', value: 'summary', description: meanings.summary },
			{ name: 'Full', value: 'full', description: meanings.full },
		],
		default: 'simplified',
		description,
	});
}
