import { WORKSPACES } from '../http/access';
import { Clock } from './clock';
import { ApiError, notFound } from '../http/errors';
import { Faults } from '../http/faults';
import { Ledger } from './ledger';
import { LifeCycle } from '../runs/lifeCycle';
import { RateLimiter } from '../http/limiter';
import { PageTokens } from '../http/pages';
import { seededRandom, type Random } from './random';
import { Scheduler } from './scheduler';
import { manyWorkflows, otherWorkflow, seedWorkflows } from './seed';
import { changeSettings, type SimulatorSettings } from './settings';
import { SignedLinks } from '../webhooks/signedLinks';
import type { WorkflowRecord } from './workflows';
import { Vault } from './vault';
import { Webhooks } from '../webhooks/webhooks';
import { Workspace } from './workspace';

/** How old the workflows of the seed are. */
const SEED_AGE_MS = 30 * 24 * 3_600_000;

/** The whole state of the simulated service. */
export class Backend {
	readonly ledger = new Ledger();
	readonly vault = new Vault();
	readonly pageTokens = new PageTokens();
	readonly faults = new Faults(() => this.random);
	readonly links = new SignedLinks();
	readonly clock: Clock;
	readonly lifeCycle: LifeCycle;
	readonly webhooks: Webhooks;
	/** Address that links to the simulator begin with; known once it listens. */
	url = '';

	private limiterNow: RateLimiter;
	private randomNow: Random;
	private workspaces = new Map<string, Workspace>();
	private seq = 0;
	/** The settings to return to at a reset. */
	private readonly initialSettings: SimulatorSettings;

	constructor(readonly settings: SimulatorSettings) {
		this.initialSettings = structuredClone(settings);
		this.clock = new Clock(settings);
		this.lifeCycle = new LifeCycle(settings, () => this.random);
		this.limiterNow = new RateLimiter(settings);
		this.randomNow = seededRandom(settings.seed);
		this.webhooks = new Webhooks({
			settings,
			ledger: this.ledger,
			links: this.links,
			scheduler: new Scheduler(() => this.now()),
			clock: this.clock,
			random: () => this.random,
			origin: () => this.url,
			workspaces: () => this.workspaces.values(),
		});
		this.seed();
	}

	/** The rate limiter of the organization. */
	get limiter(): RateLimiter {
		return this.limiterNow;
	}

	/** The seeded generator behind every random choice. */
	get random(): Random {
		return this.randomNow;
	}

	/** The real time in milliseconds since 1970; never goes backwards. */
	now(): number {
		return this.clock.now();
	}

	/** The next sequence number of a record. */
	readonly nextSeq = (): number => ++this.seq;

	/** The workspace with this id. */
	workspace(id: string): Workspace {
		const workspace = this.workspaces.get(id);
		if (workspace) return workspace;
		throw new ApiError(403, 'FORBIDDEN', `No access to the workspace ${id}`);
	}

	/** The workspace that the workspace token belongs to. */
	get main(): Workspace {
		return this.workspace(WORKSPACES.main);
	}

	/** Adds workflows to the main workspace: `count` numbered ones. */
	addWorkflows(count: number): WorkflowRecord[] {
		return this.keep(this.main, manyWorkflows(this.nextSeq, this.clock.extendNow(), count));
	}

	/**
	 * Deletes a workflow of the main workspace and its subscriptions, as Extend's dashboard can; the API
	 * has no call for this. Its runs stay. Throws a 404 when there is none.
	 */
	removeWorkflow(id: string): void {
		const { main } = this;
		const workflow = main.workflows.get(id);
		if (!workflow) throw notFound('Workflow', id);
		main.workflows.delete(id);
		for (const subscription of main.subscriptions.values()) {
			if (subscription.resourceId === id) main.subscriptions.delete(subscription.id);
		}
		this.webhooks.publishWorkflow(main, 'workflow.deleted', workflow);
	}

	/** Back to the start: no runs, no faults, an empty ledger, the settings it was started with. */
	reset(): void {
		changeSettings(this.settings, structuredClone(this.initialSettings));
		this.clock.reset();
		this.webhooks.clear();
		this.ledger.clear();
		this.vault.clear();
		this.faults.clear();
		this.pageTokens.forget();
		this.lifeCycle.reset();
		this.limiterNow = new RateLimiter(this.settings);
		this.randomNow = seededRandom(this.settings.seed);
		this.seed();
	}

	/** Ends every timer and delivery. */
	close(): void {
		this.webhooks.clear();
	}

	private seed(): void {
		const main = new Workspace(WORKSPACES.main);
		const other = new Workspace(WORKSPACES.other);
		this.workspaces = new Map([main, other].map((workspace) => [workspace.id, workspace]));
		const createdAt = this.clock.extendNow() - SEED_AGE_MS;
		this.keep(main, seedWorkflows(this.nextSeq, createdAt));
		this.keep(other, [otherWorkflow(this.nextSeq, createdAt)]);
	}

	private keep(workspace: Workspace, workflows: WorkflowRecord[]): WorkflowRecord[] {
		for (const workflow of workflows) workspace.workflows.set(workflow.id, workflow);
		return workflows;
	}
}
