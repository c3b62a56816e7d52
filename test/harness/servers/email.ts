/** A file of an email. */
export interface MailFile {
	type: string;
	name: string;
	contents: string | Buffer;
	/** Shown within the text, as a logo is, instead of attached. */
	inline?: boolean;
}

const BOUNDARY = 'the-parts-of-this-email';
const LINE = /.{1,76}/g;

/** A PDF as large as the invoices that people send. */
export function pdf(name: string): MailFile {
	return { type: 'application/pdf', name, contents: Buffer.alloc(20_000, `%PDF-1.4 ${name} `) };
}

/** A picture of so many bytes. */
export function png(name: string, size: number): MailFile {
	const contents = Buffer.alloc(size, `${name} `);
	contents.write('\x89PNG\r\n\x1a\n', 'latin1');
	return { type: 'image/png', name, contents };
}

/** An email of today with an HTML text and files, as mail programs write it. */
export function email(sender: string, subject: string, files: readonly MailFile[]): string {
	const parts = files.map(({ type, name, contents, inline }) => {
		const quoted = /^[ -~]*$/.test(name) ? name : `=?utf-8?Q?${encodedWord(name)}?=`;
		return [
			`Content-Type: ${type}; name="${quoted}"`,
			`Content-Disposition: ${inline ? 'inline' : 'attachment'}; filename="${quoted}"`,
			...(inline ? [`Content-ID: <${Buffer.from(name).toString('hex')}@example.com>`] : []),
			'Content-Transfer-Encoding: base64',
			'',
			...(Buffer.from(contents).toString('base64').match(LINE) ?? []),
		].join('\r\n');
	});
	const text = [
		'Content-Type: text/html; charset=utf-8',
		'',
		'<p>Dear colleagues, please find attached …</p>',
	].join('\r\n');
	return [
		`From: ${sender}`,
		'To: invoices@example.com',
		`Subject: ${subject}`,
		`Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
		`Message-ID: <${crypto.randomUUID()}@example.com>`,
		'MIME-Version: 1.0',
		`Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
		'',
		...[text, ...parts].flatMap((part) => [`--${BOUNDARY}`, part]),
		`--${BOUNDARY}--`,
		'',
	].join('\r\n');
}

/** A name as the header of an email spells it (RFC 2047). */
function encodedWord(name: string): string {
	return [...Buffer.from(name)]
		.map((byte) =>
			/[A-Za-z0-9.]/.test(String.fromCharCode(byte))
				? String.fromCharCode(byte)
				: `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
		)
		.join('');
}
