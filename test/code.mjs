/**
 * Checks the types of the code and lints it, in one process: what `tsc --noEmit` and `eslint --max-warnings 0`
 * find, with one TypeScript program for both, which saves a quarter of the work. Ends with 1 if there is
 * anything to mend.
 */
import { ESLint } from 'eslint';
import ts from 'typescript';

const config = ts.getParsedCommandLineOfConfigFile(
	'tsconfig.json',
	{ noEmit: true },
	{
		...ts.sys,
		onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
			throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '));
		},
	},
);
const host = ts.createCompilerHost(config.options, true);
const program = ts.createProgram(config.fileNames, config.options, host);

const eslint = new ESLint({
	overrideConfig: {
		files: ['**/*.ts'],
		languageOptions: { parserOptions: { project: null, programs: [program] } },
	},
});
const results = await eslint.lintFiles(['.']);
const formatter = await eslint.loadFormatter('stylish');
const complaints = await formatter.format(results);
if (complaints !== '') console.log(complaints);

const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
console.log(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));

const isClean = results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
process.exitCode = isClean && diagnostics.length === 0 ? 0 : 1;
