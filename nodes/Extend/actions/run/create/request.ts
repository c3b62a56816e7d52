import { randomUUID } from 'crypto';

import type { RunFile, WorkflowRun } from '../../../../extend/api/types';
import { withReference } from '../../../../extend/runs/reference';
import type { RequestKind, RunInput } from '../../../../submit/types';

/** What becomes a single run. */
export interface SingleRunInput extends RunInput {
	/** All files, if the run is one of a package. */
	package?: RunFile[];
}

/**
 * A single run, with the reference to its input.
 * @param origin n8n's workflow and execution, for the reference
 * @param onAnswer told of each run that was created
 */
export function runRequest(
	origin: { workflow: string; execution: string },
	onAnswer: (run: WorkflowRun) => void,
): RequestKind<SingleRunInput> {
	return {
		starts: 'run',
		path: '/workflow_runs',
		submissionOf: () => randomUUID(),
		body: ([input], submission) => {
			const { itemIndex, settings, file, metadata, secrets, package: files } = input!;
			const { workflowId, version, priority } = settings;
			return {
				workflow: { id: workflowId, ...(version === '' ? {} : { version }) },
				...(files === undefined ? { file } : { package: { files } }),
				metadata: withReference(metadata, { submission, item: itemIndex, of: 1, ...origin }),
				...(secrets === undefined ? {} : { secrets }),
				...(priority === undefined ? {} : { priority }),
			};
		},
		idIn: (answer: Partial<WorkflowRun>) => {
			const { id } = answer;
			if (id !== undefined) onAnswer({ ...answer, id });
			return id;
		},
	};
}
