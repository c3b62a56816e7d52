import type { Backend } from '../../world/backend';
import { notFound } from '../errors';
import { PROCESSORS, PROCESSOR_VERSIONS, processorVersion } from '../../world/processors';
import { listRecords } from './listing';
import type { Registrar } from './registrar';

/** The lists of `/extractors`, `/classifiers` and `/splitters` and their versions: a small fixed set of each. */
export function processorRoutes(api: Registrar, backend: Backend): void {
	for (const kind of ['extractor', 'classifier', 'splitter'] as const) {
		const records = PROCESSORS[kind].map((summary, index) => ({ seq: index + 1, summary }));
		api.on('GET', `/${kind}s`, (call) =>
			listRecords(backend, call, records, ({ summary }) => summary),
		);
		api.on('GET', `/${kind}s/:id/versions`, (call) => {
			const id = call.param('id');
			const processor = PROCESSORS[kind].find((summary) => summary.id === id);
			if (processor === undefined) throw notFound(kind, id);
			const versions = PROCESSOR_VERSIONS.map((version, index) => ({ seq: index + 1, version }));
			return listRecords(backend, call, versions, ({ version }) =>
				processorVersion(kind, processor, version),
			);
		});
	}
}
