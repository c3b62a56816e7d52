import { ExtendClient } from '../extend/client/client';
import type { SubmissionSettings } from './types';

type Target = Pick<SubmissionSettings, 'workflowId' | 'version'>;

/**
 * Finds out, after a batch was answered with 404, whether Extend lacks its workflow, the version, or only
 * a file of one of its inputs. Each workflow is asked for once.
 */
export class WorkflowCheck {
	private readonly checks = new Map<string, Promise<'workflow' | 'version' | undefined>>();

	private readonly missing = new Set<string>();

	constructor(private readonly client: ExtendClient) {}

	/** What Extend says it does not have; `undefined` if it has both, or does not tell. */
	async whatIsMissing(target: Target): Promise<'workflow' | 'version' | undefined> {
		const key = keyOf(target);
		const check = this.checks.get(key) ?? this.ask(target);
		this.checks.set(key, check);
		return await check;
	}

	/** Whether it is known that Extend lacks the workflow or the version. */
	isMissing(target: Target): boolean {
		return this.missing.has(keyOf(target));
	}

	private async ask(target: Target): Promise<'workflow' | 'version' | undefined> {
		const path = `/workflows/${encodeURIComponent(target.workflowId)}`;
		let missing: 'workflow' | 'version' | undefined;
		if (await this.isNotFound(path)) missing = 'workflow';
		else if (target.version !== '') {
			const version = `${path}/versions/${encodeURIComponent(target.version)}`;
			if (await this.isNotFound(version)) missing = 'version';
		}
		if (missing !== undefined) this.missing.add(keyOf(target));
		return missing;
	}

	private async isNotFound(path: string): Promise<boolean> {
		const found = await this.client.attempt(ExtendClient.get(path));
		return !found.ok && found.failure.status === 404;
	}
}

function keyOf({ workflowId, version }: Target): string {
	return JSON.stringify([workflowId, version]);
}
