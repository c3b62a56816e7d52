/** What identifies a document within its job, and which jobs n8n remembers to have begun. */
import type { IExecuteFunctions } from 'n8n-workflow';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import type { PreparedDocument } from '../../../nodes/documents/documents';
import { BegunJobs } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/begunJobs';
import { identityOf, shortKey } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/identity';
import type { DocumentContent } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/identity';
import { readIdentity } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/readIdentity';
import type { Parameters } from '../../../nodes/ExtendBatchRunWorkflow/properties';

const HASH = /^[\da-f]{32}$/;
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

describe('a key', () => {
	it('is itself as long as it is short, else a hash', () => {
		expect(shortKey('x'.repeat(64))).toBe('x'.repeat(64));
		expect(shortKey('x'.repeat(65))).toMatch(HASH);
		expect(shortKey('x'.repeat(65))).not.toBe(shortKey('x'.repeat(66)));
	});
});

describe('what identifies a document', () => {
	const contents: DocumentContent[] = [
		{ kind: 'url', url: 'same' },
		{ kind: 'fileId', id: 'same' },
		{ kind: 'text', text: 'same' },
		{ kind: 'binary', sha256: 'same' },
	];

	it('is a hash of itself, another one for each kind and each content', () => {
		const others: DocumentContent[] = [
			{ kind: 'url', url: 'other' },
			{ kind: 'fileId', id: 'other' },
			{ kind: 'text', text: 'other' },
			{ kind: 'binary', sha256: 'other' },
		];
		const identities = [...contents, ...others].map((content) => identityOf('', content));
		expect(new Set(identities).size).toBe(8);
		for (const identity of identities) expect(identity).toMatch(HASH);
	});

	it('is the same for what executions before have submitted', () => {
		// Who changes these lets jobs that are under way submit everything again.
		expect(contents.map((content) => identityOf('', content))).toEqual(
			['url', 'fileId', 'text', 'binary'].map((kind) =>
				sha256(JSON.stringify([kind, 'same'])).slice(0, 32),
			),
		);
		expect(identityOf('invoice 7', contents[0]!, 'scan')).toBe('["invoice 7","scan"]');
	});

	it('is the key, with the field where it may be that of several files', () => {
		for (const content of contents) expect(identityOf('invoice 7', content)).toBe('invoice 7');
		expect(identityOf('k'.repeat(64), contents[0]!, 'scan')).toMatch(HASH);
		expect(identityOf('', contents[0]!, 'scan')).toBe(identityOf('', contents[0]!));
	});

	it('is not the signature of an address', () => {
		const signed = (date: string) =>
			identityOf('', {
				kind: 'url',
				url: `https://b.s3.amazonaws.com/a.pdf?X-Amz-Algorithm=A&X-Amz-Credential=c&X-Amz-Date=${date}&X-Amz-Signature=${date}`,
			});
		expect(signed('1')).toBe(signed('2'));
	});
});

describe('reading it', () => {
	const complaints: string[] = [];
	const parameters = {
		complain: (parameter: string, problem: string) => {
			complaints.push(`${parameter} ${problem}`);
			throw new Error('complaint');
		},
	} as unknown as Parameters;
	const opened: string[] = [];
	const context = {
		helpers: {
			getBinaryDataBuffer: async (itemIndex: number, property: string) => {
				opened.push(`${itemIndex} ${property}`);
				if (property === 'gone') throw new Error('gone');
				return Buffer.from('content');
			},
			getBinaryStream: async (id: string) => {
				opened.push(id);
				return Readable.from([Buffer.from('con'), Buffer.from('tent')]);
			},
		},
	} as unknown as IExecuteFunctions;

	beforeEach(() => {
		complaints.length = 0;
		opened.length = 0;
	});

	const read = async (key: string, document: Partial<PreparedDocument>) =>
		await readIdentity(context, parameters, key, document as PreparedDocument);
	const upload = (property: string, storeId?: string) => ({
		upload: { itemIndex: 3, property, storeId, name: 'a.pdf' } as never,
	});
	const ofContent = identityOf('', { kind: 'binary', sha256: sha256('content') });

	it('takes the document as it is', async () => {
		expect(await read('', { file: { url: 'https://a.example/a.pdf' } })).toBe(
			identityOf('', { kind: 'url', url: 'https://a.example/a.pdf' }),
		);
		expect(await read('', { file: { id: 'file_1' } })).toBe(
			identityOf('', { kind: 'fileId', id: 'file_1' }),
		);
		expect(await read('', { file: { text: 'Dear' } })).toBe(
			identityOf('', { kind: 'text', text: 'Dear' }),
		);
		expect(opened).toEqual([]);
	});

	it('takes the content of a file, wherever n8n has it', async () => {
		expect(await read('', upload('scan'))).toBe(ofContent);
		expect(await read('', upload('scan', 'filesystem:1'))).toBe(ofContent);
		expect(opened).toEqual(['3 scan', 'filesystem:1']);
	});

	it('takes the key, and then reads no file', async () => {
		expect(await read('invoice 7', upload('scan'))).toBe('invoice 7');
		expect(await read('invoice 7', { ...upload('scan'), field: 'scan' })).toBe(
			'["invoice 7","scan"]',
		);
		expect(await read('invoice 7', { file: { url: 'https://a.example/a.pdf' } })).toBe('invoice 7');
		expect(opened).toEqual([]);
	});

	it('complains about a file that n8n no longer has', async () => {
		await expect(read('', upload('gone'))).rejects.toThrow('complaint');
		expect(complaints).toEqual([
			expect.stringMatching(/^binaryPropertyName names the file “a\.pdf”/),
		]);
	});
});

describe('a job', () => {
	it('is noted for the node, among a bounded number of others', async () => {
		const calls: unknown[] = [];
		const jobs = new BegunJobs({
			helpers: {
				checkProcessedAndRecord: async (...args: unknown[]) => {
					calls.push(args);
					return { new: [], processed: calls.length > 1 ? ['job'] : [] };
				},
				removeProcessed: async (...args: unknown[]) => {
					calls.push(args);
				},
			},
		} as unknown as IExecuteFunctions);
		expect(await jobs.begin('job')).toBe(false);
		expect(await jobs.begin('job')).toBe(true);
		await jobs.takeBack('job');
		const noted = [['job'], 'node', { mode: 'entries', maxEntries: 1000 }];
		expect(calls).toEqual([noted, noted, noted]);
	});
});
