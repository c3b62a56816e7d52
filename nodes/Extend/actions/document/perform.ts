import type { IDataObject } from 'n8n-workflow';

import { documentRows } from '../../../extend/rows/documentRows';
import { asJson } from '../../../extend/rows/reports';
import type { Performed } from '../../operation';
import type { DocumentRuns } from './documentRuns';
import type { DocumentInput } from './input';

/**
 * Documents that are sent and waited for side by side. Enough for a plan of 10 calls per second where a run
 * takes 50 seconds, and so few that none waits long in Extend's queue.
 */
export const DOCUMENTS_AT_ONCE = 500;

/** Runs a document, and makes its items. */
export async function performDocument(
	runs: DocumentRuns,
	input: DocumentInput,
): Promise<Performed> {
	const done = await runs.perform(input);
	const field = input.field === undefined ? {} : { binaryPropertyName: input.field };
	if (!done.ok) return ofField(done, field);
	const { run } = done;
	const { kind } = input.target;
	if (!input.waits) {
		return { ok: true, items: [{ json: { runId: run.id, status: run.status, ...field } }] };
	}
	if (!input.isSimplified) return { ok: true, items: [{ json: asJson(run) }] };
	const rows = documentRows(kind, run);
	return { ok: true, items: rows.map((row) => ({ json: { ...row, ...field } })) };
}

/** A failure that names the field of the file, where its item has several. */
function ofField(failed: Extract<Performed, { ok: false }>, field: IDataObject): Performed {
	if (!('trouble' in failed)) return { ...failed, ids: { ...field, ...failed.ids } };
	const { trouble } = failed;
	return { ...failed, trouble: { ...trouble, ids: { ...field, ...trouble.ids } } };
}
