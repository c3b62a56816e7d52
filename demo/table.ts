import type { Outcome } from './service';

/** The numbers of a run, one row, as text. */
export function table(outcome: Outcome, seconds: number): string {
	const cells: Array<[string, string]> = [
		['documents', outcome.documents.toLocaleString('en')],
		['batches', outcome.batches.toLocaleString('en')],
		['runs', outcome.runs.toLocaleString('en')],
		['doubled', outcome.doubled.toLocaleString('en')],
		['lost', outcome.lost.toLocaleString('en')],
		['seconds', seconds.toFixed(1)],
	];
	const row = (pick: 0 | 1) =>
		`| ${cells.map((cell) => cell[pick].padStart(Math.max(cell[0].length, cell[1].length))).join(' | ')} |`;
	const line = `|${cells.map(([head, value]) => '-'.repeat(Math.max(head.length, value.length) + 2)).join('|')}|`;
	return [row(0), line, row(1)].join('\n');
}

const LARGEST_BATCH = 1_000;

/** What in the numbers is not as it must be; empty when everything is right. */
export function objections(outcome: Outcome): string[] {
	const batches = Math.ceil(outcome.documents / LARGEST_BATCH);
	return [
		...(outcome.batches === batches ? [] : [`${outcome.batches} batches instead of ${batches}`]),
		...(outcome.runs === outcome.documents
			? []
			: [`${outcome.runs} runs for ${outcome.documents} documents`]),
		...(outcome.doubled === 0 ? [] : [`${outcome.doubled} doubled`]),
		...(outcome.lost === 0 ? [] : [`${outcome.lost} lost`]),
		...(outcome.results === undefined || outcome.results === outcome.documents
			? []
			: [`${outcome.results} results for ${outcome.documents} documents`]),
		...(outcome.heard === undefined || outcome.heard.runs === outcome.documents
			? []
			: [`${outcome.heard.runs} runs reported for ${outcome.documents} documents`]),
		...(outcome.heard === undefined || outcome.heard.executions === batches
			? []
			: [`${outcome.heard.executions} executions for ${batches} finished batches`]),
	];
}
