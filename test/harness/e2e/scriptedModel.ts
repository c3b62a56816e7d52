/** A chat model that says what a script has it say, behind OpenAI's chat completions API on loopback. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message of a conversation, as OpenAI's API writes it. */
export interface ChatMessage {
	role: 'system' | 'user' | 'assistant' | 'tool';
	content: string | null;
}

/** A tool as the model is told of it. */
export interface OfferedTool {
	name: string;
	description: string;
	/** JSON schema of what the model fills in. */
	parameters: { properties: { [name: string]: { type: string; description?: string } } };
}

/** What the model does next: it calls a tool, or answers. */
export type Turn = { tool: string; with: { [name: string]: string } } | { says: string };

/** A running model. */
export interface ScriptedModel {
	/** The base URL for n8n's OpenAI credential. */
	url: string;
	/** The tools of the last request. */
	tools: OfferedTool[];
	/** What the tools have answered, first one first. */
	toolAnswers: string[];
	close(): Promise<void>;
}

interface ChatRequest {
	messages: ChatMessage[];
	tools?: Array<{ function: OfferedTool }>;
}

async function bodyOf(request: IncomingMessage): Promise<ChatRequest> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest;
}

/** What the API answers to a turn. */
function completion(turn: Turn, number: number) {
	const isCall = 'tool' in turn;
	const message = isCall
		? {
				role: 'assistant',
				content: null,
				tool_calls: [
					{
						id: `call_${number}`,
						type: 'function',
						function: { name: turn.tool, arguments: JSON.stringify(turn.with) },
					},
				],
			}
		: { role: 'assistant', content: turn.says };
	return {
		id: `completion_${number}`,
		object: 'chat.completion',
		created: 1_760_000_000,
		model: 'scripted',
		choices: [{ index: 0, message, finish_reason: isCall ? 'tool_calls' : 'stop' }],
		usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
	};
}

/** @param script says what comes next, given what the tools have answered so far */
export async function startScriptedModel(
	script: (toolAnswers: string[]) => Turn,
): Promise<ScriptedModel> {
	const model = { tools: [] as OfferedTool[], toolAnswers: [] as string[] };
	let requests = 0;
	const server = createServer((request, response) => {
		void bodyOf(request).then(({ messages, tools = [] }) => {
			model.tools = tools.map((tool) => tool.function);
			model.toolAnswers = messages
				.filter(({ role }) => role === 'tool')
				.map(({ content }) => content ?? '');
			requests += 1;
			response.writeHead(200, { 'content-type': 'application/json' });
			response.end(JSON.stringify(completion(script(model.toolAnswers), requests)));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return Object.assign(model, {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	});
}
