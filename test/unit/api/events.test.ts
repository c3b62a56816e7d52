import {
	EVENT_CHOICES,
	FINAL_EVENTS,
	RESOURCE_EVENTS,
	eventsOf,
	isProcessorRunEvent,
	isWorkflowRunEvent,
	statusIn,
} from '../../../nodes/extend/api/events';
import { plainName } from '../../../nodes/extend/api/webhooks';
import { endpointName } from '../../../nodes/ExtendTrigger/registration/endpointName';
import {
	GLOBAL_EVENTS,
	RESOURCE_EVENTS as SIMULATED_RESOURCE_EVENTS,
} from '../../simulator/webhooks/webhookEvents';

describe('events', () => {
	it('are all that Extend has, each once, those of workflow runs first', () => {
		const values = EVENT_CHOICES.map(({ value }) => value);
		expect(new Set(values).size).toBe(values.length);
		expect([...values].sort()).toEqual(
			[...GLOBAL_EVENTS, ...SIMULATED_RESOURCE_EVENTS.workflow].sort(),
		);
		expect(values.slice(0, 6).every((value) => value.startsWith('workflow_run.'))).toBe(true);
	});

	it('belong to the resources that send them', () => {
		for (const [type, events] of Object.entries(SIMULATED_RESOURCE_EVENTS)) {
			expect([...RESOURCE_EVENTS[type as keyof typeof RESOURCE_EVENTS]].sort()).toEqual(
				[...events].sort(),
			);
		}
		expect(eventsOf('splitter', ['extract_run.failed', 'split_run.failed'])).toEqual([
			'split_run.failed',
		]);
	});

	it('tell the status of their run, also when the payload is only a link', () => {
		expect(statusIn('workflow_run.completed', {})).toBe('PROCESSED');
		expect(statusIn('workflow_run.needs_review', { status: 'OTHER' })).toBe('NEEDS_REVIEW');
		expect(statusIn('extract_run.failed', {})).toBe('FAILED');
		expect(statusIn('batch_parse_run.processed', {})).toBe('PROCESSED');
		expect(statusIn('workflow.created', {})).toBeUndefined();
	});
});

describe('an event', () => {
	it('is of workflow runs, of a processor, or of neither', () => {
		for (const { value } of EVENT_CHOICES) {
			const isOfRun = SIMULATED_RESOURCE_EVENTS.workflow.includes(value);
			const isOfProcessor = (['extractor', 'classifier', 'splitter'] as const).some((type) =>
				SIMULATED_RESOURCE_EVENTS[type].includes(value),
			);
			expect([value, isWorkflowRunEvent(value)]).toEqual([value, isOfRun]);
			expect([value, isProcessorRunEvent(value)]).toEqual([value, isOfProcessor]);
		}
		expect(isProcessorRunEvent('extract_run.failed')).toBe(true);
		expect(isProcessorRunEvent('parse_run.failed')).toBe(false);
	});

	it('tells how a run ended', () => {
		const ends = FINAL_EVENTS.map((event) => [event, statusIn(event, {})]);
		expect(ends).toEqual([
			['workflow_run.completed', 'PROCESSED'],
			['workflow_run.failed', 'FAILED'],
			['workflow_run.rejected', 'REJECTED'],
			['workflow_run.cancelled', 'CANCELLED'],
		]);
		expect(statusIn('extract_run.failed', { status: 'CANCELLED' })).toBe('CANCELLED');
	});

	it.each([
		['extractor.created', 'Extractor Created', 'An extractor was created'],
		[
			'classifier.updated',
			'Classifier Updated',
			'A classifier was renamed or changed in another way',
		],
		['splitter.deleted', 'Splitter Deleted', 'A splitter was deleted'],
		['split_run.processed', 'Split Run Processed', 'A run of a splitter succeeded'],
		['parse_run.failed', 'Parse Run Failed', 'A parse run failed'],
	])('has a name that people read: %s', (value, name, description) => {
		expect(EVENT_CHOICES.find((choice) => choice.value === value)).toEqual({
			value,
			name,
			description,
		});
	});
});

describe('the name of an endpoint', () => {
	it('tells workflow and node, in 100 characters at most, and cuts no character in two', () => {
		expect(endpointName('Invoices', 'Extend Trigger')).toBe('n8n: Invoices - Extend Trigger');
		for (const part of ['x', 'ü', '😀', '👩‍👩‍👧', '/', 'a/', ' / ']) {
			const name = endpointName(part.repeat(150), part.repeat(150));
			expect(name.length).toBeLessThanOrEqual(100);
			expect(name).toBe(Buffer.from(name).toString());
			expect(name).not.toContain('/');
		}
	});

	it('holds no slashes and no line breaks', () => {
		expect(endpointName('A/P\\EU\n2026', 'Invoices // paid')).toBe(
			'n8n: A-P-EU 2026 - Invoices - paid',
		);
	});

	it('can be given in plain letters', () => {
		expect(plainName('n8n: Größe & Maß_2 (ärgerlich) - Extend Trigger')).toBe(
			'n8n Gro e Ma 2 argerlich - Extend Trigger',
		);
		expect(plainName('请求 / 😀')).toBe('n8n');
		expect(plainName('x'.repeat(300))).toHaveLength(100);
	});
});
