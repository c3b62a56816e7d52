import fc from 'fast-check';

import { WORKFLOW_URL_PATTERN, workflowIdOf } from '../../../nodes/parameters/ids';
import { DASHBOARD_URLS } from '../../../nodes/extend/access/regions';
import { searchWorkflows, workflowPage } from '../../../nodes/extend/api/workflows';
import { answered, scriptedContext } from '../client/scriptedExtend';

/** How n8n finds the id of a resource locator in the mode "url". */
function byPattern(address: string): string | undefined {
	return new RegExp(WORKFLOW_URL_PATTERN).exec(address)?.[1];
}

describe('workflowIdOf', () => {
	const id = 'workflow_BMdfq_yWM3sT-ZzvCnA3f';

	test.each([
		[`https://dashboard.extend.ai/workflows/${id}`, id],
		[`https://dashboard.extend.ai/workflows/${id}/`, id],
		[`https://dashboard.extend.ai/workflows/${id}?tab=versions#top`, id],
		[`https://dashboard.extend.ai/workflows/${id}/runs/workflow_run_abc`, id],
		[`https://dashboard.extend.ai/workflows/${id}/versions/workflow_version_abc`, id],
		[`https://dashboard.eu1.extend.ai/ws_1/workflows/${id}/edit`, id],
		[`https://dashboard.us2.extend.app/workflows/${id}`, id],
		['https://dashboard.extend.ai/workflows/wf_7aB-3', 'wf_7aB-3'],
		['https://dashboard.extend.ai/runs/workflow_run_abc', undefined],
		['https://dashboard.extend.ai/versions/workflow_version_abc', undefined],
		['https://dashboard.extend.ai/steps/workflow_step_run_abc', undefined],
		['https://dashboard.extend.ai/workflows', undefined],
		['https://dashboard.extend.ai/workflows/workflow_', undefined],
		['https://dashboard.extend.ai/extractors/ex_1', undefined],
	])('finds in %s the id %s', (address, wanted) => {
		expect(workflowIdOf(address)).toBe(wanted);
		expect(byPattern(address)).toBe(wanted);
	});

	test('finds the id in the page of every workflow, just as n8n does', () => {
		const anyId = fc
			.stringMatching(/^[A-Za-z0-9_-]{1,24}$/)
			.filter((tail) => !/^(run|version|step_run)_/.test(tail))
			.map((tail) => `workflow_${tail}`);
		const anyDashboard = fc.constantFrom(...Object.values(DASHBOARD_URLS));
		fc.assert(
			fc.property(
				anyDashboard,
				anyId,
				fc.webQueryParameters(),
				(dashboardUrl, workflowId, query) => {
					const page = workflowPage(dashboardUrl, workflowId);
					for (const address of [page, `${page}?${query}`, `${page}/runs/workflow_run_x`]) {
						expect(workflowIdOf(address)).toBe(workflowId);
						expect(byPattern(address)).toBe(workflowId);
					}
				},
			),
		);
	});

	test('takes nothing for an id that could leave its place in a path', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (before, after) => {
				const found = workflowIdOf(`${before}workflow_${after}`) ?? '';
				expect(encodeURIComponent(found)).toBe(found);
			}),
		);
	});
});

test.each([
	[{ region: 'us' }, { url: 'https://dashboard.extend.ai/workflows/workflow_a' }],
	[{ region: 'us2' }, { url: 'https://dashboard.us2.extend.app/workflows/workflow_a' }],
	[{ region: 'eu' }, { url: 'https://dashboard.eu1.extend.ai/workflows/workflow_a' }],
	[{ region: 'custom', baseUrl: 'https://extend.example.com' }, {}],
])('the list of workflows leads to the dashboard of its region: %j', async (region, link) => {
	const credential = { apiToken: 'sk_token_1', ...region };
	const workflows = answered(200, { data: [{ id: 'workflow_a', name: 'A' }] });
	const context = scriptedContext(() => workflows, { credential });
	for (const filter of ['', 'a']) {
		const { results } = await searchWorkflows.call(context, filter);
		expect(results).toEqual([{ name: 'A', value: 'workflow_a', ...link }]);
	}
});
