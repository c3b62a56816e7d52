import { parseArgs } from 'node:util';

import { startSimulator, TOKENS, WORKSPACES } from '.';

const DEFAULT_PORT = 4010;

const CONTROL_ROUTES = `
  GET    /_simulator/state                       everything at a glance
  GET    /_simulator/requests|batches|runs|uploads|deliveries   ?offset&limit or ?format=ndjson
  POST   /_simulator/account                     { "documents": [...] }
  PATCH  /_simulator/settings                    { "rateLimits": { "RUN": 10 } }
  GET    /_simulator/faults
  POST   /_simulator/faults                      { "kind": "resetAfter", "nth": 1, "on": { "category": "RUN" } }
  DELETE /_simulator/faults[/:id]
  POST   /_simulator/workflows                   { "count": 100 }
  DELETE /_simulator/workflows/<id>
  POST   /_simulator/runs/<id>/review             { "decision": "approve" | "reject" }
  POST   /_simulator/events                      { "eventType": "extract_run.processed" }
  POST   /_simulator/reset
  GET    /documents/<any name>.pdf               a sample document
`;

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { port: { type: 'string' } } });
	const simulator = await startSimulator({ port: Number(values.port ?? DEFAULT_PORT) });
	console.log(`Extend API simulator at ${simulator.url}
  token of a workspace        ${TOKENS.workspace}
  token of the organization   ${TOKENS.organization}  (workspace ${WORKSPACES.main})
Control routes, without a token:${CONTROL_ROUTES}`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void simulator.close());
	}
}

void main();
