/**
 * Holds a directory against the rules of n8n's verification scanner, without its downloads, and writes
 * the outcome as JSON: node scan.mjs <directory> sources|package
 */
import {
	SOURCE_FILE_PATTERNS,
	analyzePackage,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

/** What the scanner looks at in a published package; it keeps this list to itself. */
const PACKAGE_FILE_PATTERNS = ['**/*.js', 'package.json'];

const [directory, kind] = process.argv.slice(2);
const outcome = await analyzePackage(
	directory,
	kind === 'sources' ? SOURCE_FILE_PATTERNS : PACKAGE_FILE_PATTERNS,
);
process.stdout.write(JSON.stringify(outcome));
