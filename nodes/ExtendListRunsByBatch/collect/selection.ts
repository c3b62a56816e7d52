import { comparable } from '../../parameters/checks';
import type { WorkflowRunSummary } from '../../extend/api/types';
import type { ListSettings } from '../parameters';

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

function compareKeys(a: string | number, b: string | number): number {
	return typeof a === 'number' && typeof b === 'number'
		? a - b
		: NATURALLY.compare(String(a), String(b));
}

/**
 * Chooses and sorts runs of a batch. This is not left to Extend, which filters by one status only, and
 * whose order by update moves while a batch is processed. Runs that are equal are sorted by their id, so
 * that the order does not depend on that of Extend's list, which nothing promises.
 */
export function selectRuns(
	runs: readonly WorkflowRunSummary[],
	{ limit, statuses, fileNameContains, sortBy, sortDirection }: Selection,
): WorkflowRunSummary[] {
	const sign = sortDirection === 'desc' ? -1 : 1;
	const part = comparable(fileNameContains);
	const selected = runs
		.filter(({ status }) => statuses.length === 0 || statuses.includes(status))
		.filter((run) => part === '' || fileNames(run).some((name) => comparable(name).includes(part)))
		.map((run) => ({ run, key: sortKey(run, sortBy) }))
		.sort((a, b) => sign * compareKeys(a.key, b.key) || (a.run.id < b.run.id ? -1 : 1))
		.map(({ run }) => run);
	return limit === null ? selected : selected.slice(0, limit);
}
