import { randomUUID } from 'crypto';

import type { BatchAccepted } from '../extend/api/types';
import { withReference } from '../extend/runs/reference';
import type { RequestKind, RunInput } from '../submit/types';
import { shortKey } from './jobKey/identity';
import type { SubmissionIds } from './jobKey/submissionIds';

/**
 * A batch of runs, each with the reference to its input.
 * @param origin n8n's workflow and execution, for the reference
 * @param ids makes the ids of requests under a Job Key
 */
export function batchRequest(
	origin: { workflow: string; execution: string },
	ids: SubmissionIds,
): RequestKind {
	return {
		starts: 'batch',
		path: '/workflow_runs/batch',
		submissionOf: (inputs) => {
			const { job, workflowId, version } = inputs[0]!.settings;
			if (job === undefined) return randomUUID();
			const documents = inputs.map(({ identity = '' }) => identity);
			return ids.next({ key: job.key, workflowId, version }, documents);
		},
		body: (inputs, submission) => bodyOf(inputs, submission, origin),
		idIn: (answer: Partial<BatchAccepted>) => answer.batchId,
	};
}

function bodyOf(
	inputs: readonly RunInput[],
	submission: string,
	{ workflow, execution }: { workflow: string; execution: string },
) {
	const { workflowId, version, priority, reference, job } = inputs[0]!.settings;
	const of = inputs.length;
	const jobKey = job && shortKey(job.key);
	return {
		workflow: { id: workflowId, ...(version === '' ? {} : { version }) },
		inputs: inputs.map(
			({ itemIndex, file, field, isOneOfSeveral, metadata, secrets, identity }) => ({
				file,
				metadata: reference
					? withReference(metadata, {
							submission,
							item: itemIndex,
							of,
							workflow,
							execution,
							file: isOneOfSeveral === true ? field : undefined,
							job: jobKey,
							document: jobKey === undefined ? undefined : identity,
						})
					: metadata,
				secrets,
			}),
		),
		...(priority === undefined ? {} : { priority }),
	};
}
