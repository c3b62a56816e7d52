import fc from 'fast-check';

import { documentName } from '../../nodes/extend/files';

/** MIME types, and the extension by which Extend knows each. */
const TYPES: ReadonlyArray<[string, string]> = [
	['application/pdf', 'pdf'],
	['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
	['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
	['image/jpeg', 'jpg'],
	['image/png', 'png'],
	['image/tiff', 'tiff'],
	['message/rfc822', 'eml'],
	['text/csv', 'csv'],
	['text/plain', 'txt'],
];

const anyType = fc.constantFrom(...TYPES);

/** Names without a dot in their last part, with letters of all scripts. */
const bareName = fc
	.tuple(
		fc.constantFrom('', 'inbox/', 'a.b/c.d/', '../', 'C:\\scans\\2026.02\\'),
		fc
			.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
			.filter((name) => !/[./\\]/.test(name) && name.trim() === name && name !== ''),
	)
	.map(([folder, name]) => folder + name);

describe('documentName', () => {
	test.each(['pdf', 'PDF', 'jpeg', 'tif', 'docx', 'xltm', 'heic', 'md', 'html'])(
		'leaves a name with the extension .%s as it is',
		(extension) => {
			for (const name of ['scan', 'résumé 履歴書', 'v1.2 final', '.hidden', 'inbox/scan']) {
				const whole = `${name}.${extension}`;
				expect(documentName(whole, 'application/octet-stream', undefined)).toBe(whole);
				expect(documentName(whole, undefined, 'bin')).toBe(whole);
			}
		},
	);

	test('gives a name without an extension that of the MIME type', () => {
		fc.assert(
			fc.property(bareName, anyType, (name, [mimeType, extension]) => {
				expect(documentName(name, mimeType, 'bin')).toBe(`${name}.${extension}`);
			}),
		);
	});

	test('calls an unnamed file a document', () => {
		fc.assert(
			fc.property(fc.constantFrom(undefined, '', '  '), anyType, (name, [mimeType, extension]) => {
				expect(documentName(name, mimeType, undefined)).toBe(`document.${extension}`);
			}),
		);
		expect(documentName(undefined, undefined, undefined)).toBe('document');
	});

	test('changes nothing when asked again', () => {
		fc.assert(
			fc.property(bareName, anyType, (name, [mimeType]) => {
				const once = documentName(name, mimeType, undefined);
				expect(documentName(once, mimeType, undefined)).toBe(once);
			}),
		);
	});

	test('reads MIME types with parameters and in any case', () => {
		expect(documentName('mail', 'Text/HTML; charset=utf-8', undefined)).toBe('mail.html');
	});

	test('falls back on what n8n found out about the type, then on nothing', () => {
		expect(documentName('scan', 'application/octet-stream', 'pdf')).toBe('scan.pdf');
		expect(documentName('scan', undefined, '.pdf')).toBe('scan.pdf');
		expect(documentName('scan', 'application/octet-stream', '')).toBe('scan');
		expect(documentName('scan', undefined, undefined)).toBe('scan');
	});

	test('does not put two dots where the name ends with one', () => {
		expect(documentName('scan.', 'application/pdf', undefined)).toBe('scan.pdf');
	});
});

test.each([
	['Scan v1.2', 'Scan v1.2.pdf'],
	['Invoice No.1234', 'Invoice No.1234.pdf'],
	['2026.02.09', '2026.02.09.pdf'],
	['Letter to Mr.Smith', 'Letter to Mr.Smith.pdf'],
	['...', 'document.pdf'],
	['inbox/', 'inbox.pdf'],
])('does not take what follows a dot in %p for a type', (name, wanted) => {
	expect(documentName(name, 'application/pdf', 'pdf')).toBe(wanted);
});

test('leaves a name alone whose extension may be right', () => {
	expect(documentName('data.xyz', 'application/octet-stream', 'bin')).toBe('data.xyz');
	expect(documentName('scan.TIF', 'application/pdf', undefined)).toBe('scan.TIF');
});
