/**
 * Whole examples with the services that they need: a mailbox on an IMAP server, an SMTP server that takes the
 * answers, and a table in Postgres with signed URLs of files on an S3 server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXAMPLE_NODES, readExample } from '../../demo/exampleWorkflow';
import { eventually } from '../harness/e2e/triggers';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { referenceTo, type StoredCredential } from '../harness/n8n/client';
import type { Execution } from '../harness/n8n/execution';
import { jsonText } from '../harness/n8n/jsonText';
import type { StoredWorkflow, WorkflowNode } from '../harness/n8n/n8nData';
import { findDovecot, startDovecot, type Dovecot } from '../harness/servers/dovecot';
import { email, pdf, png } from '../harness/servers/email';
import { findPostgres, startPostgres, type Postgres } from '../harness/servers/postgres';
import type { Server } from '../harness/servers/programs';
import { ensureS3, startS3, type S3 } from '../harness/servers/s3';
import { startSmtp } from '../harness/servers/smtp';

let bench: Bench;
let folder: string;
let servers: Server[] = [];

beforeAll(async () => {
	bench = await openBench();
});

beforeEach(async () => {
	bench.simulator.ledger.clear();
	bench.simulator.settings.outcomeShares = {};
	folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-services-'));
});

afterEach(async () => {
	for (const server of servers) await server.stop();
	servers = [];
	await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

afterAll(async () => {
	await bench.close();
});

/** Notes a server that is to be stopped after the test. */
function started<T extends Server>(server: T): T {
	servers.push(server);
	return server;
}

/** Where the programs of a Debian package are. */
function installed(program: string | undefined, name: string): string {
	if (program !== undefined) return program;
	throw new Error(`${name} is missing; on Debian: apt-get install it, and run again.`);
}

/** The types of credentials that nodes of n8n need. */
const CREDENTIALS: Record<string, string> = {
	'n8n-nodes-base.emailReadImap': 'imap',
	'n8n-nodes-base.emailSend': 'smtp',
	'n8n-nodes-base.postgres': 'postgres',
};

/** Stores an example with what its user fills in: credentials, by their type, and parameters. */
async function store(
	name: string,
	credentials: StoredCredential[],
	fillIn: Record<string, WorkflowNode['parameters']>,
): Promise<StoredWorkflow> {
	const example = await readExample(name);
	const typeOf = ({ type }: WorkflowNode) =>
		type.startsWith('n8n-nodes-extend-ai.') ? 'extendApi' : CREDENTIALS[type];
	const nodes = example.nodes.map((node): WorkflowNode => {
		const credential = [bench.credential, ...credentials].find(({ type }) => type === typeOf(node));
		return {
			...node,
			...(credential && { credentials: referenceTo(credential) }),
			parameters: { ...node.parameters, ...fillIn[node.name] },
		};
	});
	return await bench.client.createWorkflow({ ...example, nodes });
}

const choice = (value: string) => ({ __rl: true, mode: 'id', value });

/** The parameters of Extend Batch Run Workflow that its user fills in. */
const extendWorkflow = () => ({ workflow: choice(bench.workflowId) });

describe('examples/mailbox-to-data-table.json, with an IMAP server', () => {
	let mailbox: Dovecot;
	let workflow: StoredWorkflow;
	let table: string;

	beforeEach(async () => {
		const program = installed(await findDovecot(), 'dovecot-imapd');
		mailbox = started(await startDovecot(program, folder));
	});

	/** Publishes the example as its user fills it in. */
	async function publish(changes: Record<string, WorkflowNode['parameters']> = {}): Promise<void> {
		const { client } = bench;
		const imap = await client.createCredential('imap', 'Mailbox', { ...mailbox.credential });
		table = await client.createDataTable(`Invoices ${mailbox.port}`, {
			sender: 'string',
			subject: 'string',
			document: 'string',
			status: 'string',
			total: 'number',
		});
		workflow = await store('mailbox-to-data-table', [imap], {
			...changes,
			[EXAMPLE_NODES.extend]: { ...extendWorkflow(), ...changes[EXAMPLE_NODES.extend] },
			'Insert Row': { dataTableId: choice(table) },
		});
		await client.publishWorkflow(workflow.id);
		await client.untilPublished(workflow.id);
	}

	afterEach(async () => {
		await bench.client.unpublishWorkflow(workflow.id);
	});

	/** All executions, once they have dealt with so many emails. */
	async function executionsOf(mails: number): Promise<Execution[]> {
		const { client } = bench;
		let executions: Execution[] = [];
		const seen = () => executions.flatMap((execution) => execution.items('Email Trigger'));
		await eventually(
			async () => {
				const all = await client.executions(workflow.id);
				executions = await Promise.all(all.map(async ({ id }) => await client.getExecution(id)));
				return executions.every(({ ended }) => ended) && seen().length >= mails;
			},
			() => `${mails} emails are dealt with, of which ${seen().length} are`,
		);
		expect(executions.map(({ error }) => error)).toEqual(executions.map(() => undefined));
		expect(seen()).toHaveLength(mails);
		return executions;
	}

	test('makes a row of each attachment, none of logos and calendar entries, and each once', async () => {
		const { client, simulator } = bench;
		await publish();
		await mailbox.deliver(
			email('anna@example.com', 'Two invoices', [
				pdf('anna-1.pdf'),
				png('logo.png', 3_000),
				{ type: 'text/calendar', name: 'invite.ics', contents: 'BEGIN:VCALENDAR' },
				pdf('Rechnung März.pdf'),
			]),
		);
		await mailbox.deliver(
			email('bert@example.com', 'One, and two files within the text', [
				{ ...png('header.png', 40_000), inline: true },
				{ ...pdf('within.pdf'), inline: true },
				pdf('bert.pdf'),
			]),
		);
		await mailbox.deliver(
			email('carl@example.com', 'Only an invitation', [
				{ type: 'text/calendar', name: 'invite.ics', contents: 'BEGIN:VCALENDAR' },
			]),
		);
		await mailbox.deliver(email('dora@example.com', 'Nothing at all', []));

		const executions = await executionsOf(4);
		const without = executions.flatMap((one) => one.items('Emails Without Documents'));
		expect(without.map(({ json }) => json.subject).sort()).toEqual([
			'Nothing at all',
			'Only an invitation',
		]);
		const documents = ['Rechnung März.pdf', 'anna-1.pdf', 'bert.pdf'];
		const rows = await client.dataTableRows(table);
		expect(
			rows
				.map(({ document, sender, status, total }) => [document, sender, status, typeof total])
				.sort(),
		).toEqual([
			['Rechnung März.pdf', 'anna@example.com', 'PROCESSED', 'number'],
			['anna-1.pdf', 'anna@example.com', 'PROCESSED', 'number'],
			['bert.pdf', 'bert@example.com', 'PROCESSED', 'number'],
		]);
		expect(simulator.ledger.account(documents)).toMatchObject({
			runs: 3,
			doubled: [],
			lost: [],
			unexpected: [],
		});
		expect(await mailbox.read()).toBe(4);

		// One that comes later is the only one that is run; one that fails is a row, too.
		simulator.settings.outcomeShares = { FAILED: 1 };
		await mailbox.deliver(email('emil@example.com', 'Later', [pdf('emil.pdf')]));
		await executionsOf(5);
		const later = await client.dataTableRows(table);
		expect(later).toHaveLength(4);
		expect(later.find(({ document }) => document === 'emil.pdf')).toMatchObject({
			status: 'FAILED',
			total: null,
		});
		expect(simulator.ledger.account([...documents, 'emil.pdf'])).toMatchObject({
			runs: 4,
			doubled: [],
			lost: [],
			unexpected: [],
		});
	});

	test('has files within the text too, with the changes that its page names', async () => {
		const { client, simulator } = bench;
		const sender = { key: 'sender', value: '={{ $json.from.text }}' };
		await publish({
			'Email Trigger': { format: 'resolved' },
			[EXAMPLE_NODES.extend]: { metadata: { values: [sender] } },
		});
		await mailbox.deliver(
			email('anna@example.com', 'As Apple Mail sends it', [
				{ ...pdf('Rechnung März.pdf'), inline: true },
				{ ...png('logo.png', 3_000), inline: true },
			]),
		);
		await executionsOf(1);
		const rows = await client.dataTableRows(table);
		expect(rows.map(({ document, sender }) => [document, sender])).toEqual([
			['Rechnung März.pdf', 'anna@example.com'],
		]);
		expect(simulator.ledger.runs).toHaveLength(1);
	});
});

test('examples/one-mail-one-answer.json, with an IMAP server and an SMTP server: answers each email, good and bad', async () => {
	const { client, simulator } = bench;
	const program = installed(await findDovecot(), 'dovecot-imapd');
	const mailbox = started(await startDovecot(program, folder));
	const outbox = started(await startSmtp());
	const imap = await client.createCredential('imap', 'Mailbox', { ...mailbox.credential });
	const smtp = await client.createCredential('smtp', 'Outbox', { ...outbox.credential });
	const { id } = await store('one-mail-one-answer', [imap, smtp], {
		'Run Document': extendWorkflow(),
	});
	await client.publishWorkflow(id);
	await client.untilPublished(id);
	const answered = async (count: number) => {
		await eventually(() => outbox.sent.length >= count, `${count} emails are answered`);
	};

	await mailbox.deliver(email('Anna <anna@example.com>', 'Invoice', [pdf('a.pdf')]));
	await mailbox.deliver(email('bert@example.com', 'Hello', []));
	await answered(2);
	simulator.settings.outcomeShares = { FAILED: 1 };
	await mailbox.deliver(email('carl@example.com', 'Another', [pdf('c.pdf')]));
	await answered(3);
	expect(outbox.sent.map(({ to, subject, text }) => [to, subject, text]).sort()).toEqual([
		['Anna <anna@example.com>', 'Re: Invoice', expect.stringMatching(/^Invoice INV-\d+ over/)],
		['bert@example.com', 'Re: Hello', expect.stringMatching(/Input Binary Field/)],
		['carl@example.com', 'Re: Another', expect.stringMatching(/^Your document could not be read/)],
	]);
	expect(simulator.ledger.runs.map(({ fileName }) => fileName)).toEqual(['a.pdf', 'c.pdf']);
	await client.unpublishWorkflow(id);
});

describe('examples/signed-urls-to-postgres.json, with Postgres and an S3 server', () => {
	let database: Postgres;
	let bucket: S3;

	beforeEach(async () => {
		const bin = installed(await findPostgres(), 'postgresql');
		database = started(await startPostgres(bin, folder));
		bucket = started(await startS3(await ensureS3(), folder));
	});

	test('writes the results to their rows; run again with new signatures, it runs no document again', async () => {
		const { client, simulator } = bench;
		const keys = ['a b.pdf', '2026/März+April/invoice (1).pdf', 'c%20=d&e.pdf'];
		for (const key of keys) await bucket.put(key, `%PDF of ${key}`);
		const { nodes } = await readExample('signed-urls-to-postgres');
		const [, create] = /`(CREATE TABLE [^`]*)`/.exec(jsonText(nodes[0]?.parameters.content)) ?? [];
		await database.sql(String(create));
		const sign = async () => {
			for (const [index, key] of keys.entries()) {
				const url = bucket.signedUrl(key);
				await database.sql(
					`INSERT INTO documents VALUES ('D-${index}', '${url}') ON CONFLICT (id) DO UPDATE SET signed_url = excluded.signed_url, status = NULL, total = NULL;`,
				);
			}
		};
		const postgres = await client.createCredential('postgres', 'Documents', {
			...database.credential,
		});
		const given = nodes.find(({ name }) => name === EXAMPLE_NODES.extend)?.parameters.options;
		const workflow = await store('signed-urls-to-postgres', [postgres], {
			[EXAMPLE_NODES.extend]: {
				...extendWorkflow(),
				// Extend shows here at once what it has.
				options: { ...(given as WorkflowNode['parameters']), settleSeconds: 1 },
			},
		});
		const results = async () =>
			await database.sql(`SELECT id, status, total > 0 FROM documents ORDER BY id COLLATE "C";`);

		await sign();
		expect((await client.runWorkflow(workflow)).error).toBeUndefined();
		const written = ['D-0|PROCESSED|t', 'D-1|PROCESSED|t', 'D-2|PROCESSED|t'].join('\n');
		expect(await results()).toBe(written);

		// Extend can fetch each document with the URL that it was given, to the last character.
		const { runs } = simulator.ledger;
		const fetched = await Promise.all(
			runs.map(async ({ document, metadata }) => [
				metadata.id,
				await (await fetch(document)).text(),
			]),
		);
		expect(fetched.sort()).toEqual(keys.map((key, index) => [`D-${index}`, `%PDF of ${key}`]));
		const damaged = await fetch(bucket.signedUrl(keys[0]!).replace('Signature=', 'Signature=x'));
		expect(damaged.status).toBe(403);

		await sign();
		expect((await client.runWorkflow(workflow)).error).toBeUndefined();
		expect(await results()).toBe(written);
		expect(runs).toHaveLength(3);

		// One that fails has a status, but no total, and is not selected again.
		simulator.settings.outcomeShares = { FAILED: 1 };
		await database.sql(`INSERT INTO documents VALUES ('D-3', '${bucket.signedUrl(keys[0]!)}');`);
		expect((await client.runWorkflow(workflow)).error).toBeUndefined();
		expect(await results()).toBe(`${written}\nD-3|FAILED|`);
		expect(runs).toHaveLength(4);
	});
});
