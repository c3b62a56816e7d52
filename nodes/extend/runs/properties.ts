import { declare } from '../../parameters/declaration';
import { OPEN_STATUSES, STATUS_OPTIONS } from '../api/runs';
import { LONGEST_TIMEOUT_MINUTES } from './standing';

/** How long runs are waited for, where they are. */
export const timeoutMinutes = declare({
	displayName: 'Timeout (Minutes)',
	name: 'timeoutMinutes',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: LONGEST_TIMEOUT_MINUTES },
	displayOptions: { show: { waitForCompletion: [true] } },
	default: 60,
	description: 'How long to wait at most. The execution keeps running meanwhile.',
});

/** Among the options of what waits for runs. */
export const reviewCountsAsFinished = declare({
	displayName: 'Review Counts as Finished',
	name: 'reviewCountsAsFinished',
	type: 'boolean',
	default: true,
	description:
		'Whether a run that needs a review by a person counts as finished. Otherwise, it is finished when the review is over, perhaps days later.',
});

/** Among the options of a trigger: the statuses at which a run is at rest. */
export const statuses = declare({
	displayName: 'Statuses',
	name: 'statuses',
	type: 'multiOptions',
	options: STATUS_OPTIONS.filter(({ value }) => !OPEN_STATUSES.includes(value)),
	default: [],
	description:
		'Only runs with one of these statuses start the workflow. A finished batch has items only for them. Leave empty for all of them.',
});

/** Among the options of a trigger. */
export const batchIds = declare({
	displayName: 'Batch IDs',
	name: 'batchIds',
	type: 'string',
	default: '',
	placeholder: 'e.g. batch_7Ws31-F5, batch_9Xk20-B2',
	description: 'Comma-separated IDs. Only these batches, or their runs, start the workflow.',
});
