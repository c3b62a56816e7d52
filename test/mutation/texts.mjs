import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

/** Two words or more: what people read. Tests hold the words to account; a mutant of each would be noise. */
const SENTENCE = /\p{L}+[,:;.]? \p{L}+/u;

function textOf(node) {
	if (node.type === 'StringLiteral') return node.value;
	if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.raw).join('');
	return '';
}

function isLog({ type, callee }) {
	return (
		type === 'CallExpression' &&
		callee.type === 'MemberExpression' &&
		/logger$/i.test(callee.object.property?.name ?? callee.object.name ?? '')
	);
}

/** Leaves out the words of sentences, and what goes to the log. */
export const strykerPlugins = [
	declareValuePlugin(PluginKind.Ignore, 'texts', {
		shouldIgnore({ node }) {
			if (SENTENCE.test(textOf(node))) return 'the words of a sentence';
			return isLog(node) ? 'a line of the log' : undefined;
		},
	}),
];
