// What a script with the official SDK takes for the same job, as the practical floor:
// `node sdk.cjs submit|list|fetch <base url> <token> <workflow or batch id> <documents>`.
// Prints the milliseconds.
const { ExtendClient } = require('extend-ai');

const [job, baseUrl, token, id, count] = process.argv.slice(2);
const client = new ExtendClient({ baseUrl, token, environment: baseUrl, maxRetries: 10 });

async function submit() {
	const items = Array.from({ length: Number(count) }, (_, index) => ({
		url: `https://files.example.com/invoice-${index}.pdf`,
		name: `invoice-${index}`,
		customer: `C-${index % 7}`,
	}));
	const started = performance.now();
	for (let first = 0; first < items.length; first += 1000) {
		await client.workflowRuns.createBatch({
			workflow: { id },
			inputs: items.slice(first, first + 1000).map((item) => ({
				file: { url: item.url, name: item.name },
				metadata: { customer: item.customer, document: item.name },
			})),
		});
	}
	return performance.now() - started;
}

async function list() {
	const started = performance.now();
	const runs = [];
	let nextPageToken;
	do {
		const page = await client.workflowRuns.list({ batchId: id, maxPageSize: 1000, nextPageToken });
		runs.push(...page.data);
		nextPageToken = page.nextPageToken;
	} while (nextPageToken);
	if (runs.length !== Number(count)) throw new Error(`${runs.length} runs`);
	return performance.now() - started;
}

({ submit, list })[job]().then(
	(milliseconds) => console.log(milliseconds),
	(error) => {
		console.error(error);
		process.exit(1);
	},
);
