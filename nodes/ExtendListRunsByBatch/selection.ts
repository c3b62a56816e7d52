import type { WorkflowRunSummary } from '../extend/types';
import type { ListSettings } from './requests';

type Selection = Pick<
	ListSettings,
	'limit' | 'statuses' | 'fileNameContains' | 'sortBy' | 'sortDirection'
>;

function fileNames({ files }: WorkflowRunSummary): string[] {
	return (files ?? []).map((file) => file.name ?? '');
}

function sortKey(run: WorkflowRunSummary, sortBy: ListSettings['sortBy']): string | number {
	if (sortBy === 'fileName') return fileNames(run)[0] ?? '';
	const time = Date.parse((sortBy === 'updatedAt' ? run.updatedAt : run.createdAt) ?? '');
	return Number.isNaN(time) ? 0 : time;
}

const NATURALLY = new Intl.Collator('en', { numeric: true });

/**
 * Chooses and sorts runs of a batch. This is not left to Extend, which filters by one status only, and
 * whose order by update moves while a batch is processed. Runs that are equal keep their order.
 */
export function selectRuns(
	runs: readonly WorkflowRunSummary[],
	{ limit, statuses, fileNameContains, sortBy, sortDirection }: Selection,
): WorkflowRunSummary[] {
	const sign = sortDirection === 'desc' ? -1 : 1;
	const selected = runs
		.filter(({ status }) => statuses.length === 0 || statuses.includes(status))
		.filter(
			(run) =>
				fileNameContains === '' ||
				fileNames(run).some((name) => name.toLowerCase().includes(fileNameContains)),
		)
		.map((run) => ({ run, key: sortKey(run, sortBy) }))
		.sort((a, b) =>
			typeof a.key === 'string' || typeof b.key === 'string'
				? sign * NATURALLY.compare(String(a.key), String(b.key))
				: sign * (a.key - b.key),
		)
		.map(({ run }) => run);
	return limit === null ? selected : selected.slice(0, limit);
}
