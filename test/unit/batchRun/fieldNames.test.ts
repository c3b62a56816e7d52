import fc from 'fast-check';

import { chooseFields, namesSeveral } from '../../../nodes/documents/fieldNames';
import { isOfTypes, isSmaller } from '../../../nodes/documents/fileFilter';
import { numberedName } from '../../../nodes/documents/fileNames';

const MAIL = ['attachment_0', 'attachment_1', 'attachment_10', 'logo', 'files.scan'];

describe('the fields that are named', () => {
	it.each([
		[['*'], MAIL],
		[['attachment_*'], ['attachment_0', 'attachment_1', 'attachment_10']],
		[['*_1*'], ['attachment_1', 'attachment_10']],
		[['*_1'], ['attachment_1']],
		[
			['logo', 'attachment_*0'],
			['logo', 'attachment_0', 'attachment_10'],
		],
		[['scan'], ['files.scan']],
		[
			['sc*', 'files.*', '*'],
			['files.scan', ...MAIL.slice(0, 4)],
		],
		[['nothing*'], []],
	])('%j: %j', (entries, chosen) => {
		expect(chooseFields(entries, MAIL)).toEqual({ chosen, missing: [] });
	});

	it('are said to be missing, but not for a pattern', () => {
		expect(chooseFields(['logo', 'scan2', 'no*'], MAIL)).toEqual({
			chosen: ['logo'],
			missing: ['scan2'],
		});
	});

	it('are one where a field is called so', () => {
		expect(namesSeveral('a, b', ['a', 'b'])).toBe(true);
		expect(namesSeveral('a*', ['a'])).toBe(true);
		expect(namesSeveral('a, b', ['a, b'])).toBe(false);
		expect(namesSeveral('a*', ['files.a*'])).toBe(false);
		expect(namesSeveral('data', ['data'])).toBe(false);
	});

	it('are those that a regular expression would find, each once', () => {
		const name = fc.string({
			unit: fc.constantFrom('a', 'b', '_', '1'),
			minLength: 1,
			maxLength: 5,
		});
		const entry = fc.string({
			unit: fc.constantFrom('a', 'b', '_', '1', '*'),
			minLength: 1,
			maxLength: 5,
		});
		fc.assert(
			fc.property(
				fc.uniqueArray(name, { maxLength: 8 }),
				fc.array(entry, { maxLength: 4 }),
				(fields, entries) => {
					const { chosen, missing } = chooseFields(entries, fields);
					const patterns = entries.map(
						(pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`),
					);
					const expected = fields.filter((field) => patterns.some((one) => one.test(field)));
					expect([...chosen].sort()).toEqual([...expected].sort());
					for (const one of missing) expect(fields).not.toContain(one);
				},
			),
			{ numRuns: 2000 },
		);
	});
});

describe('files that are left out', () => {
	const pdf = { name: 'Scan 7.PDF', mimeType: 'application/octet-stream' };
	const photo = { name: 'photo.jpeg', mimeType: 'image/jpeg; name=x' };

	it.each([
		[pdf, ['pdf'], true],
		[pdf, ['.pdf'], true],
		[pdf, ['*.PDF'], true],
		[pdf, ['application/pdf'], false],
		[pdf, [], true],
		[photo, ['pdf', 'JPG'], true],
		[photo, ['image/*'], true],
		[photo, ['Image/JPEG'], true],
		[photo, ['image/png', 'png'], false],
		[{ name: 'page.htm', mimeType: '' }, ['html'], true],
		[{ name: 'no extension', mimeType: '' }, ['something odd'], false],
	])('%j of the types %j: wanted %s', (file, types, isWanted) => {
		expect(isOfTypes(file, types)).toBe(isWanted);
	});

	it('have fewer bytes, a KB being 1,024', () => {
		expect([10_239, 10_240].map((size) => isSmaller({ size }, 10))).toEqual([true, false]);
		expect(isSmaller({ size: 0 }, 0)).toBe(false);
	});
});

it('a number goes before the extension', () => {
	expect(['Invoice.pdf', 'v1.2 final', 'a.tar.gz'].map((name) => numberedName(name, 2))).toEqual([
		'Invoice (2).pdf',
		'v1.2 final (2)',
		'a.tar (2).gz',
	]);
});
