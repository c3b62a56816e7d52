import type { Backend } from '../../world/backend';
import { PROCESSORS } from '../../world/processors';
import { listRecords } from './listing';
import type { Registrar } from './registrar';

/** The lists of `/extractors`, `/classifiers` and `/splitters`: a small fixed set of each. */
export function processorRoutes(api: Registrar, backend: Backend): void {
	for (const kind of ['extractor', 'classifier', 'splitter'] as const) {
		const records = PROCESSORS[kind].map((summary, index) => ({ seq: index + 1, summary }));
		api.on('GET', `/${kind}s`, (call) =>
			listRecords(backend, call, records, ({ summary }) => summary),
		);
	}
}
