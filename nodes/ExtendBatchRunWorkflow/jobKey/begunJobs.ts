import type { ICheckProcessedOptions, IExecuteFunctions } from 'n8n-workflow';

/** Jobs that n8n remembers for each node, the newest; what matters is only who began a moment ago. */
const KEPT: ICheckProcessedOptions = { mode: 'entries', maxEntries: 1000 };

/**
 * Which jobs this node has begun, as far as n8n remembers. It is written to n8n's database at once, where the
 * node Remove Duplicates keeps what it has seen, so it is still there when n8n is killed before Extend shows
 * anything of the job. It is a help and no promise: where n8n cannot keep it, a job counts as not begun.
 */
export class BegunJobs {
	constructor(private readonly context: IExecuteFunctions) {}

	/** Notes that a job begins. @returns whether it was noted before */
	async begin(job: string): Promise<boolean> {
		try {
			const { helpers } = this.context;
			const { processed } = await helpers.checkProcessedAndRecord([job], 'node', KEPT);
			return processed.length > 0;
		} catch {
			return false;
		}
	}

	/** Takes back that a job has begun, because nothing of it was submitted. */
	async takeBack(job: string): Promise<void> {
		try {
			await this.context.helpers.removeProcessed([job], 'node', KEPT);
		} catch {
			// Then the job is looked for once more when it is run again, which costs only time.
		}
	}
}
