import { steadyNow } from '../../../extend/client/clock';
import type { WorkflowRun } from '../../../extend/api/types';
import { resultOf } from '../../../extend/rows/reports';
import { operation } from '../../operation';
import type { Performed } from '../../operation';
import { RunCreation } from './create/creation';
import type { CreatedRun } from './create/creation';
import { readCreateInput } from './create/input';
import type { CreateInput } from './create/input';
import { createProperties } from './create/properties';
import { fetchRun } from '../../../extend/api/runs';
import { evenIfNew } from '../../waiting/patience';

/** Runs that are created and waited for side by side; most of the time is waiting. */
const RUNS_AT_ONCE = 1000;

const IN_DOUBT =
	'It is not known whether Extend created the run. n8n’s Retry On Fail looks for it before it sends anything again. If you run the node again yourself, look in the Extend dashboard first.';

const MISSING = {
	workflow: 'Extend has no workflow with this ID.',
	version: 'Extend has the workflow, but not this version of it.',
};

/** Waits for a run, or fetches it where its answer was lost. */
async function resultsOf(
	creation: RunCreation,
	input: CreateInput,
	created: CreatedRun,
	fetchNow: (id: string) => Promise<Performed | WorkflowRun>,
): Promise<Performed> {
	const { id } = created;
	const ids = { runId: id };
	const done = `Run ${id} was created.`;
	const { waitMs, failsOnTimeout } = input;
	if (waitMs === undefined) {
		const found = created.run ?? (await fetchNow(id));
		return 'id' in found ? well(found, input) : found;
	}
	const ended = await creation.finished(input, created, steadyNow() + waitMs);
	if (ended.is === 'failed') return { ok: false, failure: ended.failure, done, ids };
	const last = ended.run ?? created.run;
	if (last !== undefined && (ended.is === 'finished' || !failsOnTimeout)) return well(last, input);
	return {
		ok: false,
		trouble: {
			happened: 'it was not finished in time',
			advice: `Run ${id} goes on in Extend. Choose a longer Timeout, or get the run later.`,
			ids,
		},
	};
}

function well(run: WorkflowRun, { output }: CreateInput): Performed {
	return { ok: true, items: [{ json: resultOf(run, output) }] };
}

export const create = operation<CreateInput, RunCreation>({
	resource: 'run',
	value: 'create',
	name: 'Run',
	action: 'Run a document through a workflow',
	description:
		'Run one document, or a package of files that belong together, through an Extend workflow, and wait for the results. Extend charges for each run.',
	properties: createProperties,
	task: 'The document could not be run',
	subject: 'workflow, its version, or the file',
	read: async (read, itemIndex, _json, readers) => await readCreateInput(read, itemIndex, readers),
	charges: true,
	atOnce: RUNS_AT_ONCE,
	share: (workplace, inputs) => new RunCreation(workplace, inputs),
	perform: async ({ client }, input, creation) => {
		const created = await creation.create(input);
		if (!created.ok) {
			const { failure, missing, isInDoubt } = created;
			return { ok: false, failure, done: isInDoubt ? IN_DOUBT : missing && MISSING[missing] };
		}
		const performed = await resultsOf(creation, input, created.created, async (id) => {
			const run = await evenIfNew(client, async () => await fetchRun(client, id));
			return run.ok ? run.body : { ...run, done: `Run ${id} was created.`, ids: { runId: id } };
		});
		if (performed.ok) creation.left();
		return performed;
	},
});
