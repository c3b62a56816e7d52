/** The format of n8n's own sources. */
module.exports = {
	useTabs: true,
	singleQuote: true,
	trailingComma: 'all',
	printWidth: 100,
	semi: true,
	arrowParens: 'always',
	endOfLine: 'lf',
};
