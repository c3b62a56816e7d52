import { parseArgs } from 'node:util';

import { StartupError } from '../test/harness/n8n/startupError';

/** What the demo was asked to do. */
export interface DemoOptions {
	/** End after the run, with a status that says whether everything was right. */
	once: boolean;
	/** How many documents to submit. */
	documents: number;
	/** Where the editor listens; without it, on a free port. */
	port: number | undefined;
	help: boolean;
}

/** Shown on `--help`. */
export const USAGE = `npm run demo -- [--documents N] [--port N] [--once]

  --documents N   how many documents to submit (default 2500)
  --port N        port of n8n's editor on 127.0.0.1 (default: a free one)
  --once          end after the run; status 0 if no document was lost or doubled

With EXTEND_API_TOKEN, EXTEND_WORKFLOW_ID and EXTEND_REGION (us, us2 or eu) set, the demo offers to
use the real Extend service. It asks first; without a yes, a simulator on this machine answers.
N8N_VERSION chooses another version of n8n, N8N_NODES_EXTEND_AI_CACHE where it is installed.
`;

const MOST_DOCUMENTS = 1_000_000;
const MOST_PORT = 65_535;

/** Reads the command line. */
export function readOptions(args: readonly string[]): DemoOptions {
	const { values } = parse(args);
	return {
		once: values.once ?? false,
		help: values.help ?? false,
		documents: wholeNumber('--documents', values.documents ?? '2500', MOST_DOCUMENTS),
		port: values.port === undefined ? undefined : wholeNumber('--port', values.port, MOST_PORT),
	};
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			options: {
				once: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' },
				documents: { type: 'string' },
				port: { type: 'string' },
			},
		});
	} catch (error) {
		throw new StartupError(error instanceof Error ? error.message : String(error), USAGE);
	}
}

function wholeNumber(name: string, text: string, most: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= 1 && value <= most) return value;
	throw new StartupError(
		`${name} is "${text}".`,
		`Give ${name} a whole number from 1 to ${String(most)}.`,
	);
}
