import fc from 'fast-check';

import { TIMEOUTS_MS } from '../../../nodes/extend/client/client';
import { documentName, nameForText, nameForUrl } from '../../../nodes/documents/fileNames';
import { uploadTimeoutMs } from '../../../nodes/extend/api/files';
import { cleaned } from '../../../nodes/parameters/checks';

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

/** Names without a dot in their last part, with letters of all scripts, and nothing unseen at the ends. */
const bareName = fc
	.tuple(
		fc.constantFrom('', 'inbox/', 'a.b/c.d/', '../', 'C:\\scans\\2026.02\\'),
		fc
			.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
			.filter((name) => !/[./\\]/.test(name) && cleaned(name) === name && name !== ''),
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

describe('extensions and types that Extend does not list', () => {
	test.each([
		['page.htm', 'page.html'],
		['PAGE.HTM', 'PAGE.html'],
		['read me.markdown', 'read me.md'],
		['notes.text', 'notes.txt'],
		['a.b/scan.jpe', 'a.b/scan.jpg'],
		['scan.jfif', 'scan.jpg'],
		['scan.1.pjpeg', 'scan.1.jpg'],
		['page.xhtml', 'page.html'],
		['scan.pdf\u200b', 'scan.pdf'],
		['\ufeff scan.PDF \u00a0', 'scan.PDF'],
	])('%j becomes %j', (name, wanted) => {
		expect(documentName(name, undefined, undefined)).toBe(wanted);
		expect(documentName(name, 'application/octet-stream', 'bin')).toBe(wanted);
		expect(nameForText(name)).toBe(wanted);
		expect(nameForUrl(name, 'https://example.com/x')).toBe(wanted);
	});

	test.each([
		['image/pjpeg', 'jpg'],
		['image/jfif', 'jpg'],
		['application/x-pdf', 'pdf'],
		['application/acrobat', 'pdf'],
		['image/tif', 'tiff'],
		['image/x-tiff', 'tiff'],
		['image/x-png', 'png'],
		['image/x-ms-bmp', 'bmp'],
		['text/x-markdown', 'md'],
		['application/csv', 'csv'],
		['text/x-csv', 'csv'],
		['text/comma-separated-values', 'csv'],
		['application/xhtml+xml', 'html'],
		['application/x-rtf', 'rtf'],
		['application/x-msword', 'doc'],
		['application/x-msexcel', 'xls'],
		['application/mspowerpoint', 'ppt'],
		['application/x-photoshop', 'psd'],
		['image/x-portable-pixmap', 'ppm'],
	])('a file of the type %s gets .%s', (type, extension) => {
		expect(documentName('scan', type, undefined)).toBe(`scan.${extension}`);
		expect(documentName('scan', ` ${type.toUpperCase()} ; q=1`, 'bin')).toBe(`scan.${extension}`);
	});

	test.each([
		['htm', 'html'],
		['.jpe', 'jpg'],
		['JPG', 'jpg'],
		['markdown', 'md'],
	])('what n8n calls %s is %s', (found, extension) => {
		expect(documentName('scan', 'application/octet-stream', found)).toBe(`scan.${extension}`);
	});
});

describe('the name of a document that Extend fetches', () => {
	test.each([
		['Invoice 7', 'https://example.com/files/a.pdf?sig=b.png', 'Invoice 7.pdf'],
		['Invoice 7', 'https://example.com/files/A.PDF#page=2', 'Invoice 7.pdf'],
		['Invoice v1.2', 'https://example.com/a%20b.tif', 'Invoice v1.2.tif'],
		['Invoice 7', 'https://example.com/page.htm', 'Invoice 7.html'],
		['Invoice 7.png', 'https://example.com/a.pdf', 'Invoice 7.png'],
		['Invoice 7', 'https://example.pdf', 'Invoice 7'],
		['Invoice 7', 'https://example.com/download?id=3.pdf', 'Invoice 7'],
		['Invoice 7.', 'https://example.com/%zz.pdf', 'Invoice 7.pdf'],
		['page.htm', 'https://example.com/a', 'page.html'],
		['', 'https://example.com/a.pdf', undefined],
		['', 'https://example.com/download?id=3', undefined],
		['', 'https://example.com/archive.zip', undefined],
		['', 'https://example.com/over%20view.htm?x=1', 'over view.html'],
		['', 'https://example.com/README.markdown', 'README.md'],
	])('chosen %j, from %s, is %j', (name, url, wanted) => {
		expect(nameForUrl(name, url)).toBe(wanted);
	});
});

test.each([
	['', undefined],
	['note', 'note.txt'],
	['note.md', 'note.md'],
	['Note v1.2', 'Note v1.2.txt'],
])('a text that is called %j becomes %j', (name, wanted) => {
	expect(nameForText(name)).toBe(wanted);
});

test('an upload has more time the larger it is', () => {
	expect(uploadTimeoutMs(0)).toBe(TIMEOUTS_MS.upload);
	expect(uploadTimeoutMs(600_000_000) - TIMEOUTS_MS.upload).toBe(100 * 60_000);
});
