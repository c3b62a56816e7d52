import { setTimeout as pause } from 'node:timers/promises';

import { SEED_WORKFLOWS, type Simulator } from '../../simulator';
import type { Random } from '../../simulator/world/random';
import type { N8nClient, StoredCredential } from '../n8n/client';
import { linkedItems, type Execution } from '../n8n/execution';
import type { Json, StoredWorkflow } from '../n8n/n8nData';
import { code, extend, NODES, pipeline } from './pipeline';

/** What a job is like in which n8n is killed. */
export interface JobKind {
	/** Where its documents are; a signed address has another signature in each try. */
	source: 'url' | 'signedUrl' | 'binary';
	/** Whether rows are added, removed and put in another order between the tries. */
	rowsChange: boolean;
	/** Milliseconds until Extend shows runs. */
	shownAfterMs: number;
	/** How long the node looks for what may turn up late. */
	settleSeconds: number;
	/** Whether Extend carries out submits whose answers do not arrive. */
	losesAnswers: boolean;
}

/** The moment of a kill: so long after the submit with that number has arrived; 0: after the first call. */
export interface KillMoment {
	submit: number;
	afterMs: number;
}

const BATCHES = 20;
const BATCH_SIZE = 5;

/** How long a call takes; meanwhile the outcome is open. */
const LATENCY_MS = 120;

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };

/** A random moment before, in or after the submits of a job. */
export function killMoment(random: Random): KillMoment {
	return {
		submit: Math.floor(random() * (BATCHES + 1)),
		afterMs: Math.floor(random() * 2 * LATENCY_MS),
	};
}

/** A job under one Job Key, of which the tries are executions of one workflow. */
export class KilledJob {
	private rows: string[];

	private readonly firstRows: readonly string[];

	private workflow: StoredWorkflow | undefined;

	constructor(
		private readonly simulator: Simulator,
		private readonly credential: StoredCredential,
		private readonly kind: JobKind,
		private readonly random: Random,
	) {
		simulator.reset();
		simulator.settings.latencyMs = LATENCY_MS;
		simulator.settings.visibilityDelayMs = kind.shownAfterMs;
		simulator.settings.visibilitySpreadMs = kind.shownAfterMs / 5;
		if (kind.losesAnswers) {
			simulator.faults.add({ kind: 'resetAfter', probability: 0.1, on: SUBMIT });
			simulator.faults.add({ kind: 'serverErrorAfter', probability: 0.1, on: SUBMIT });
		}
		// Some documents occur twice, and are to be run twice.
		const count = BATCHES * BATCH_SIZE;
		this.rows = Array.from({ length: count }, (_, index) => `row-${index % (count - 3)}`);
		this.firstRows = this.rows;
	}

	/** Starts an execution, and waits until the moment at which n8n is to be killed. @returns its id */
	async startUntil(client: N8nClient, { submit, afterMs }: KillMoment): Promise<string> {
		const { requests } = this.simulator.ledger;
		const before = requests.length;
		const arrived = () => {
			const calls = requests.slice(before);
			const submits = calls.filter(({ category }) => category === 'RUN').length;
			return submit === 0 ? calls.length > 0 : submits >= submit;
		};
		const id = await client.startWorkflow(await this.store(client));
		const deadline = Date.now() + 60_000;
		while (!arrived()) {
			if (Date.now() > deadline) throw new Error(`Submit ${submit} did not come`);
			await pause(5);
		}
		await pause(afterMs);
		return id;
	}

	/** Runs the job again until it succeeds, with other rows and signatures where its kind is so. */
	async finish(client: N8nClient): Promise<Execution> {
		if (this.kind.rowsChange) this.changeRows();
		for (let tries = 1; ; tries++) {
			const execution = await client.runWorkflow(await this.store(client));
			if (execution.status === 'success' || tries === 3) return execution;
		}
	}

	/** Batches that Extend has. */
	get batches(): number {
		return this.simulator.ledger.batches.length;
	}

	/** Rows that do not have just the runs that they need, and items that the output forgets. */
	account(execution: Execution): { doubled: string[]; lost: string[]; forgotten: number[] } {
		const runs = countOf(
			this.simulator.ledger.runs.map(({ document, fileName }) =>
				nameOf(this.kind.source === 'binary' ? fileName : document),
			),
		);
		const now = countOf(this.rows);
		const first = countOf(this.firstRows);
		const names = [...new Set([...runs.keys(), ...now.keys()])];
		const linked = new Set(execution.items(NODES.extend).flatMap(linkedItems));
		const most = (name: string) => Math.max(now.get(name) ?? 0, first.get(name) ?? 0);
		return {
			doubled: names.filter((name) => (runs.get(name) ?? 0) > most(name)),
			lost: names.filter((name) => (runs.get(name) ?? 0) < (now.get(name) ?? 0)),
			forgotten: [...this.rows.keys()].filter((index) => !linked.has(index)),
		};
	}

	private changeRows(): void {
		const added = Array.from({ length: 9 }, (_, index) => `added-${index}`);
		const kept = this.rows.filter(() => this.random() > 0.08);
		const order = new Map([...kept, ...added].map((row) => [row, this.random()]));
		this.rows = [...kept, ...added].sort((a, b) => order.get(a)! - order.get(b)!);
	}

	/** Stores the workflow with the rows of the next try. */
	private async store(client: N8nClient): Promise<StoredWorkflow> {
		const source = code(this.itemsCode());
		if (this.workflow === undefined) {
			const node = extend(this.simulator.workflow(SEED_WORKFLOWS.invoices).id, {
				...(this.kind.source === 'binary' ? { source: 'binary' } : {}),
				options: {
					jobKey: 'nightly',
					batchSize: BATCH_SIZE,
					settleSeconds: this.kind.settleSeconds,
				},
			});
			this.workflow = await client.createWorkflow(pipeline([source, node], this.credential));
		} else {
			const nodes = this.workflow.nodes.map((node) =>
				node.name === NODES.items ? { ...node, parameters: source.parameters } : node,
			);
			this.workflow = await client.updateWorkflow(this.workflow, { nodes });
		}
		return this.workflow;
	}

	private itemsCode(): string {
		const rows: Json[] = this.rows;
		const list = JSON.stringify(rows);
		if (this.kind.source === 'binary') {
			return `return ${list}.map((row) => ({ json: { row }, binary: { data: {
	data: Buffer.from('%PDF-1.4 ' + row).toString('base64'), mimeType: 'application/pdf', fileName: row + '.pdf',
} } }));`;
		}
		const signature =
			this.kind.source === 'signedUrl'
				? `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=key&X-Amz-Signature=${this.random()}`
				: '';
		return `return ${list}.map((row) => ({ json: { row, url: '${this.simulator.url}/documents/' + row + '.pdf${signature}' } }));`;
	}
}

function countOf(names: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return counts;
}

/** The row that an address or a file name is made of. */
function nameOf(text: string): string {
	return /([\w-]+)\.pdf/.exec(text)?.[1] ?? text;
}
