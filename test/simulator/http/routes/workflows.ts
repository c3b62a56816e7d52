import type { Extend } from 'extend-ai';

import type { Backend } from '../../world/backend';
import type { Call } from '../exchange';
import { notFound } from '../errors';
import { arrayAt, objectAt, optionalStringAt, textAt } from '../validation';
import {
	DEFAULT_STEPS,
	deploy,
	newWorkflow,
	resolveVersion,
	versionAnswer,
	versionSummary,
	workflowAnswer,
	workflowSummary,
	type WorkflowRecord,
} from '../../world/workflows';
import { listRecords, optionOf } from './listing';
import type { Registrar } from './registrar';

const SORT_KEYS = ['createdAt', 'updatedAt'] as const;

/** `/workflows` and their versions (Extend SDK, `workflows` and `workflowVersions`). */
export function workflowRoutes(api: Registrar, backend: Backend): void {
	api.on('GET', '/workflows', (call) => {
		const sortBy = optionOf(call, 'sortBy', SORT_KEYS) ?? 'updatedAt';
		return listRecords(backend, call, [...call.workspace.workflows.values()], workflowSummary, {
			value: (workflow) => workflow[sortBy],
			filters: sortBy,
		});
	});

	api.on('POST', '/workflows', (call) => {
		const body = objectAt('', call.request.body);
		const name = textAt('name', body.name);
		const steps = stepsOf(body.steps) ?? DEFAULT_STEPS;
		const workflow = newWorkflow(backend.nextSeq(), name, steps, backend.clock.extendNow());
		call.workspace.workflows.set(workflow.id, workflow);
		backend.webhooks.publishWorkflow(call.workspace, 'workflow.created', workflow);
		return workflowAnswer(workflow);
	});

	api.on('GET', '/workflows/:id', (call) => workflowAnswer(workflowOf(call)));

	api.on('POST', '/workflows/:id', (call) => {
		const workflow = workflowOf(call);
		const body = objectAt('', call.request.body);
		const name = optionalStringAt('name', body.name);
		const steps = stepsOf(body.steps);
		if (name !== undefined) workflow.name = name;
		if (steps) workflow.versions[0].steps = [...steps];
		workflow.updatedAt = backend.clock.extendNow();
		return workflowAnswer(workflow);
	});

	api.on('GET', '/workflows/:id/versions', (call) =>
		listRecords(backend, call, workflowOf(call).versions, versionSummary),
	);

	api.on('POST', '/workflows/:id/versions', (call) => {
		const workflow = workflowOf(call);
		const body = objectAt('', call.request.body ?? {});
		const name = optionalStringAt('name', body.name) ?? null;
		const version = deploy(workflow, name, stepsOf(body.steps), backend.clock.extendNow());
		backend.webhooks.publishWorkflow(call.workspace, 'workflow.deployed', workflow);
		return versionAnswer(version);
	});

	api.on('GET', '/workflows/:id/versions/:version', (call) =>
		versionAnswer(resolveVersion(workflowOf(call), call.param('version'))),
	);
}

function workflowOf(call: Call): WorkflowRecord {
	const id = call.param('id');
	const workflow = call.workspace.workflows.get(id);
	if (workflow) return workflow;
	throw notFound('Workflow', id);
}

function stepsOf(value: unknown): Extend.WorkflowStepDefinition[] | undefined {
	if (value === undefined) return undefined;
	return arrayAt('steps', value, 1, Infinity).map((entry, index) => {
		const step = objectAt(`steps[${index}]`, entry);
		textAt(`steps[${index}].type`, step.type);
		textAt(`steps[${index}].name`, step.name);
		return step as unknown as Extend.WorkflowStepDefinition;
	});
}
