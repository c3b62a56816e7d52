import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import jest from 'eslint-plugin-jest';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const base = n8nNodesBase.configs;

/** Rules for tests: none is skipped or alone, and each can fail. */
const testRules = Object.fromEntries(
	Object.keys({ ...jest.configs['flat/recommended'].rules, ...jest.configs['flat/style'].rules })
		.filter((rule) => rule.startsWith('jest/'))
		.map((rule) => [rule, 'error']),
);

/**
 * Both linters of n8n with all of their rules, as the verification scanner has them and stricter:
 * warnings count as errors, and the tests are checked by typescript-eslint too.
 */
export default tseslint.config(
	{ ignores: ['dist/', 'coverage/', 'test-output/', 'node_modules/'] },
	{ linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strictTypeChecked],
		languageOptions: { parserOptions: { project: './tsconfig.json' } },
		rules: {
			'no-console': 'error',
			// Numbers and booleans in texts are meant; what else may slip in is caught by the types.
			'@typescript-eslint/restrict-template-expressions': [
				'error',
				{ allowNumber: true, allowBoolean: true },
			],
			// n8n's interfaces ask for async methods and for void where a promise may come.
			'@typescript-eslint/require-await': 'off',
			// What an answer holds can only be said by the one who asks for it.
			'@typescript-eslint/no-unnecessary-type-parameters': 'off',
			// `noUncheckedIndexedAccess` makes it the shortest way to say what a length check has shown.
			'@typescript-eslint/no-non-null-assertion': 'off',
		},
	},
	{
		files: ['package.json', '{nodes,credentials}/**/*.{ts,json}'],
		extends: [n8nCommunityNodesPlugin.configs.recommended],
		languageOptions: { parser: tseslint.parser },
	},
	{
		files: ['package.json', '{nodes,credentials}/**/*.ts'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
	},
	{ files: ['package.json'], rules: base.community.rules },
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...base.credentials.rules,
			// Meant for n8n's own repository, where documentation is named by a word; here it is a URL.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			...base.nodes.rules,
			// These two do not know `NodeConnectionTypes.Main`, which the other linter demands.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			// Extend does limit the batch size and the priority; n8n's scanner leaves the rule out too.
			'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
		},
	},
	{
		files: ['test/**/*.ts'],
		extends: [jest.configs['flat/recommended']],
		rules: {
			...testRules,
			// A test that waits for something fails when it does not come.
			'jest/expect-expect': [
				'error',
				{ assertFunctionNames: ['expect*', 'fc.assert', 'until*', 'eventually*'] },
			],
			'jest/no-standalone-expect': [
				'error',
				{ additionalTestBlockFunctions: ['beforeAll', 'afterEach', 'afterAll'] },
			],
			'jest/no-duplicate-hooks': 'error',
			'jest/no-error-equal': 'error',
			'jest/no-test-return-statement': 'error',
			'jest/no-unneeded-async-expect-function': 'error',
			'jest/prefer-each': 'error',
			'jest/prefer-hooks-on-top': 'error',
			'jest/require-to-throw-message': 'error',
			'jest/valid-expect-with-promise': 'error',
		},
	},
	{
		files: ['test/**/*.test.ts'],
		rules: {
			// jest types its matchers, such as `expect.any`, as `any`.
			'@typescript-eslint/no-unsafe-assignment': 'off',
		},
	},
	{
		// Programs for the terminal: the simulator and the demo.
		files: ['test/simulator/main.ts', 'bench/**/*.ts', 'demo/**/*.ts'],
		rules: { 'no-console': 'off' },
	},
);
