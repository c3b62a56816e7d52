import { NodeOperationError } from 'n8n-workflow';
import type { IPollFunctions } from 'n8n-workflow';

import type { ReportOutput } from '../extend/rows/reports';
import { ComplaintError } from '../parameters/checks';
import { ParameterReader } from '../parameters/reader';
import { properties } from './properties';
import type { WatchSettings } from './watch/watch';

/** The parameters of the node. */
export interface PollingSettings extends WatchSettings {
	output: ReportOutput;
}

function settingsIn(read: ParameterReader<(typeof properties)[number]>): PollingSettings {
	const scope = read.choice('workflowScope');
	const workflows = scope === 'all' ? [] : read.ids('workflows', 'workflow');
	if (scope === 'selected' && workflows.length === 0) {
		const advice = 'Choose the Extend workflows to watch, or set Workflows to All.';
		read.complain('workflows', 'is empty', advice);
	}
	return {
		event: read.choice('event'),
		workflows,
		output: read.choice('output'),
		batchIds: read.ids('options.batchIds', 'anyBatch'),
		statuses: read.choices('options.statuses'),
		reviewCountsAsFinished: read.flag('options.reviewCountsAsFinished'),
	};
}

/** Reads and checks the parameters. @throws NodeOperationError if one will not do */
export function readSettings(context: IPollFunctions): PollingSettings {
	try {
		return settingsIn(ParameterReader.ofTrigger(properties, context));
	} catch (error) {
		if (!(error instanceof ComplaintError)) {
			throw new NodeOperationError(context.getNode(), error as Error);
		}
		const { parameter, problem, advice } = error;
		throw new NodeOperationError(context.getNode(), `The parameter “${parameter}” ${problem}`, {
			description: advice,
		});
	}
}
