/** The nodes as tools of n8n's AI Agent: what a model is told of them, and that it gets from a link to the data. */
import { openBench, type Bench } from '../harness/e2e/workbench';
import { node, NODES, pipeline } from '../harness/e2e/pipeline';
import { startScriptedModel, type ScriptedModel, type Turn } from '../harness/e2e/scriptedModel';
import { referenceTo } from '../harness/n8n/client';
import type { WorkflowNode } from '../harness/n8n/n8nData';

const SUBMIT = 'Extend_Batch_Run_Workflow';
const COLLECT = 'Extend_List_Runs_by_Batch';

let bench: Bench;
let model: ScriptedModel;

/** What a person gets by a click on “Let the model define this parameter”. */
const byModel = (key: string) =>
	`={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${key}', \`\`, 'string') }}`;

beforeAll(async () => {
	bench = await openBench();
	const link = `${bench.simulator.url}/documents/invoice-7.pdf`;
	model = await startScriptedModel((toolAnswers): Turn => {
		const [submitted, collected] = toolAnswers;
		if (submitted === undefined) return { tool: SUBMIT, with: { File_URL: link } };
		const [batchId = 'none'] = /batch_[\w-]+/.exec(submitted) ?? [];
		if (collected === undefined) return { tool: COLLECT, with: { Batch_ID: batchId } };
		return { says: collected };
	});
});

afterAll(async () => {
	await model.close();
	await bench.close();
});

test('an agent submits a document and reads its data', async () => {
	const { client, credential, workflowId, simulator } = bench;
	const openAi = await client.createCredential('openAiApi', 'Scripted model', {
		apiKey: 'not-needed',
		url: model.url,
	});
	const tool = (name: string, type: string, parameters: WorkflowNode['parameters']) => ({
		...node(name, `n8n-nodes-extend-ai.${type}Tool`, 1, parameters),
		credentials: referenceTo(credential),
	});
	const agent = node('AI Agent', '@n8n/n8n-nodes-langchain.agent', 3, {
		promptType: 'define',
		text: 'What is the total of invoice 7?',
		options: { enableStreaming: false },
	});
	const workflow = pipeline([agent], credential);
	workflow.nodes.push(
		{
			...node('Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.2, {
				model: { __rl: true, mode: 'id', value: 'scripted' },
			}),
			credentials: referenceTo(openAi),
		},
		tool(NODES.extend, 'extendBatchRunWorkflow', {
			workflow: { __rl: true, mode: 'id', value: workflowId },
			fileUrl: byModel('File_URL'),
		}),
		tool(NODES.list, 'extendListRunsByBatch', { batchId: byModel('Batch_ID'), timeoutMinutes: 1 }),
	);
	const to = (type: string) => ({ [type]: [[{ node: 'AI Agent', type, index: 0 }]] });
	Object.assign(workflow.connections, {
		Model: to('ai_languageModel'),
		[NODES.extend]: to('ai_tool'),
		[NODES.list]: to('ai_tool'),
	});

	const execution = await client.runWorkflow(await client.createWorkflow(workflow));
	expect(execution.error).toBeUndefined();
	expect(execution.status).toBe('success');

	const [run, ...others] = simulator.ledger.runs;
	expect(others).toEqual([]);
	expect(run?.document).toMatch(/invoice-7\.pdf$/);
	const answer = JSON.stringify(execution.items('AI Agent').map(({ json }) => json));
	expect(answer).toContain(run?.id);
	expect(answer).toContain('extract.');

	const [submit, collect] = [SUBMIT, COLLECT].map((name) =>
		model.tools.find((offered) => offered.name === name),
	);
	expect(submit?.description).toContain('Extend List Runs by Batch then gets the results');
	expect(collect?.description).toContain('the extracted values of each document');
	expect(Object.keys(submit?.parameters.properties ?? {})).toEqual(['File_URL']);
	expect(Object.keys(collect?.parameters.properties ?? {})).toEqual(['Batch_ID']);
});
