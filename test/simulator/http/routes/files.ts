import { createHash } from 'node:crypto';

import type { MultipartFile } from '@fastify/multipart';

import type { Backend } from '../../world/backend';
import { invalidRequest, notFound } from '../errors';
import type { Call } from '../exchange';
import { convertedKind, fileAnswer, fileKind, type FileRecord } from '../../world/files';
import { newId } from '../../world/ids';
import { Violation } from '../validation';
import { listRecords, optionOf, textOf } from './listing';
import type { Registrar } from './registrar';

/** What is kept of an upload's contents. */
interface Measured {
	name: string;
	/** Bytes. */
	size: number;
	/** Lower-case hex. */
	sha256: string;
	/** The first bytes, for telling the type. */
	beginning: Buffer;
}

/** `/files` (Extend SDK, `files`). */
export function fileRoutes(api: Registrar, backend: Backend): void {
	api.on('POST', '/files/upload', async (call) => {
		const convertToPdf = optionOf(call, 'convertToPdf', ['true', 'false']) === 'true';
		const { measured, password } = await receive(call, backend.settings.uploadLimitBytes);
		const { name, size, sha256, beginning } = measured;
		const kind = fileKind(name, beginning);
		if (kind === null) throw invalidRequest(`file: Unsupported file type: ${name}`);
		const file: FileRecord = {
			seq: backend.nextSeq(),
			id: newId('file'),
			name,
			type: convertToPdf ? convertedKind(kind) : kind,
			createdAt: backend.clock.extendNow(),
		};
		call.workspace.files.set(file.id, file);
		const hasPassword = password !== undefined;
		backend.ledger.uploads.push({ id: file.id, name, size, sha256, hasPassword, convertToPdf });
		if (hasPassword) backend.vault.keepUpload(file.id, password);
		return { ...fileAnswer(file, null), metadata: {} };
	});

	api.on('GET', '/files', (call) => {
		const nameContains = textOf(call, 'nameContains')?.toLowerCase();
		const files = [...call.workspace.files.values()].filter(
			({ name }) => nameContains === undefined || name.toLowerCase().includes(nameContains),
		);
		return listRecords(backend, call, files, (file) => fileAnswer(file, null), {
			filters: nameContains,
		});
	});

	api.on('GET', '/files/:id', (call) => {
		const file = fileOf(call);
		return fileAnswer(file, `${backend.url}/documents/${encodeURIComponent(file.name)}`);
	});

	api.on('DELETE', '/files/:id', (call) => {
		const { id } = fileOf(call);
		call.workspace.files.delete(id);
		return { id };
	});
}

function fileOf(call: Call): FileRecord {
	const id = call.param('id');
	const file = call.workspace.files.get(id);
	if (file) return file;
	throw notFound('File', id);
}

/** Reads the parts of an upload. The file is measured as it streams by and not kept. */
async function receive(
	call: Call,
	limit: number,
): Promise<{ measured: Measured; password?: string }> {
	const { request } = call;
	if (!request.isMultipart()) throw invalidRequest('The body must be multipart/form-data');
	let measured: Measured | undefined;
	let password: string | undefined;
	for await (const part of request.parts({ limits: { fileSize: limit } })) {
		if (part.type === 'file') {
			if (part.fieldname !== 'file' || measured) {
				throw new Violation(part.fieldname, 'Unexpected file');
			}
			measured = await measure(part, limit);
		} else if (part.fieldname === 'password') {
			password = String(part.value);
		}
	}
	if (!measured) throw new Violation('file', 'Required');
	return { measured, ...(password !== undefined && { password }) };
}

async function measure(part: MultipartFile, limit: number): Promise<Measured> {
	const hash = createHash('sha256');
	let size = 0;
	let beginning: Buffer | undefined;
	for await (const chunk of part.file as AsyncIterable<Buffer>) {
		beginning ??= Buffer.from(chunk.subarray(0, 16));
		size += chunk.length;
		hash.update(chunk);
	}
	if (part.file.truncated) {
		throw invalidRequest(`file: FILE_SIZE_TOO_LARGE: at most ${limit} bytes are allowed`);
	}
	return {
		name: part.filename,
		size,
		sha256: hash.digest('hex'),
		beginning: beginning ?? Buffer.alloc(0),
	};
}
