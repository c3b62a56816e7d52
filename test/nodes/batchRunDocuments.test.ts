import type { INodeParameters } from 'n8n-workflow';

import { binaryItem } from '../engine';
import { readingOf } from './readInputs';

describe('the identity of a document', () => {
	const urlBased = async (json: { url: string; name: string; password: string }) =>
		await identity('url', { fileName: json.name, filePassword: json.password }, [{ json }]);

	async function identity(
		source: string,
		options: INodeParameters,
		items: Parameters<typeof readingOf>[0],
	): Promise<string> {
		const { inputs } = await readingOf(items, { source, options });
		return inputs[0]!.document;
	}

	it('is the same for the same document, and another for another address, name or password', async () => {
		const base = { url: 'https://example.com/a.pdf', name: 'a.pdf', password: '' };
		const variants = [
			base,
			{ ...base, url: 'https://example.com/b.pdf' },
			{ ...base, name: 'b.pdf' },
			{ ...base, password: 'first try' },
			{ ...base, password: 'second try' },
		];
		const once = await Promise.all(variants.map(urlBased));
		const twice = await Promise.all(variants.map(urlBased));
		expect(twice).toEqual(once);
		expect(new Set(once).size).toBe(variants.length);
		expect(JSON.stringify(once)).not.toMatch(/first|second/);
	});

	it('tells texts and file ids apart, and sources', async () => {
		const item = (value: string) => [{ json: { url: value, text: value, fileId: value } }];
		const all = await Promise.all([
			identity('text', {}, item('file_1')),
			identity('text', {}, item('file_2')),
			identity('text', { fileName: 'x.txt' }, item('file_1')),
			identity('fileId', {}, item('file_1')),
			identity('fileId', {}, item('file_2')),
		]);
		expect(new Set(all).size).toBe(all.length);
		expect(await identity('text', {}, item('file_1'))).toBe(all[0]);
	});

	it('tells a changed file, even one of the same name and size', async () => {
		const file = async (content: string, fileName: string, options: INodeParameters = {}) =>
			await identity('binary', options, [
				await binaryItem(Buffer.from(content), { fileName, mimeType: 'application/pdf' }),
			]);
		const all = await Promise.all([
			file('%PDF one', 'a.pdf'),
			file('%PDF two', 'a.pdf'),
			file('%PDF one', 'b.pdf'),
			file('%PDF one', 'a.pdf', { filePassword: 'hush' }),
			file('%PDF one', 'a.pdf', { filePassword: 'hush!' }),
		]);
		expect(new Set(all).size).toBe(all.length);
		expect(await file('%PDF one', 'a.pdf')).toBe(all[0]);
		expect(JSON.stringify(all)).not.toContain('hush');
	});
});
