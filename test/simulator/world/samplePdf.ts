import { documentLines } from './documentFacts';

const FONT_SIZE = 14;
const LINE_HEIGHT = 22;

/** A small valid PDF of one page that shows what the simulator "reads" in a file of this name. */
export function samplePdf(fileName: string): Buffer {
	const lines = documentLines(fileName).map((line) => `(${escaped(line)}) Tj T*`);
	const text = `BT /F1 ${FONT_SIZE} Tf ${LINE_HEIGHT} TL 72 720 Td ${lines.join(' ')} ET`;
	const objects = [
		'<< /Type /Catalog /Pages 2 0 R >>',
		'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
		'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
		`<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
		'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
	];
	let body = '%PDF-1.4\n';
	const offsets = objects.map((object, index) => {
		const offset = body.length;
		body += `${index + 1} 0 obj\n${object}\nendobj\n`;
		return `${String(offset).padStart(10, '0')} 00000 n \n`;
	});
	const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
	const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\n`;
	return Buffer.from(`${body}${table}${trailer}startxref\n${body.length}\n%%EOF\n`, 'latin1');
}

function escaped(line: string): string {
	return line.replace(/[\\()]/g, '\\$&');
}
