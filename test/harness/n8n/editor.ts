import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser, Locator, Page } from 'playwright-core';

import { openBrowser } from './chromium';
import type { Owner } from './client';
import { REPOSITORY } from './packedPackage';

const SIZE = { width: 1440, height: 960 };
const TIMEOUT_MS = 60_000;
const MENU_MS = 3_000;
const CREDENTIAL_TEST_MS = 8_000;
const CLOSES_ITSELF_MS = 3_000;
const TICK_MS = 250;
const SEARCH_MS = 700;
const PARAMETER = 'parameter-input-';

/** Where screenshots go; not under version control. */
export const SCREENSHOTS =
	process.env.SCREENSHOTS_FOLDER ?? join(REPOSITORY, 'test-output', 'screenshots');

/** How the editor looks: `COLOR_SCHEME=dark` takes dark pictures. */
export const COLOR_SCHEME = process.env.COLOR_SCHEME === 'dark' ? 'dark' : 'light';

/** n8n's editor in a browser, by what a person does in it. */
export class Editor {
	private constructor(
		readonly page: Page,
		private readonly url: string,
		private readonly browser: Browser,
	) {}

	/** Opens a browser on an n8n and signs in. */
	static async open(url: string, owner: Owner): Promise<Editor> {
		const browser = await openBrowser();
		try {
			const page = await browser.newPage({ viewport: SIZE, colorScheme: COLOR_SCHEME });
			page.setDefaultTimeout(TIMEOUT_MS);
			await page.goto(`${url}/signin`);
			await page.fill('input[name="emailOrLdapLoginId"]', owner.email);
			await page.fill('input[name="password"]', owner.password);
			await page.click(id('form-submit-button'));
			await page.waitForURL((address) => !address.pathname.includes('signin'));
			return new Editor(page, url, browser);
		} catch (error) {
			await browser.close();
			throw error;
		}
	}

	async close(): Promise<void> {
		await this.browser.close();
	}

	/** Shows a workflow on the canvas. */
	async openWorkflow(workflowId: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${workflowId}`);
		await this.page.locator(id('canvas-node')).first().waitFor();
	}

	/** Opens the node panel before the first step of a new workflow. */
	async addFirstStep(): Promise<void> {
		await this.page.goto(`${this.url}/workflow/new`);
		await this.page
			.locator(`${id('canvas-plus-button')}:visible`)
			.first()
			.click();
		await this.nodePanelSearch().waitFor();
	}

	/** Opens the node panel with the "+" behind a node that leads nowhere yet. */
	async addStepBehind(name: string): Promise<void> {
		await this.canvasNode(name)
			.locator(`${id('canvas-handle-plus')}:visible`)
			.first()
			.click();
		await this.nodePanelSearch().waitFor();
	}

	/** Opens a section of the node panel, such as "On app event". */
	async openSection(title: string): Promise<void> {
		await this.panelEntry(title).click();
		await this.page.locator(id('node-creator')).getByText(title).first().waitFor();
		await this.nodePanelSearch().waitFor();
	}

	/** Starts a new workflow by hand; gives back the name of its manual trigger. */
	async startByHand(): Promise<string> {
		await this.addFirstStep();
		await this.panelEntry('Trigger manually').click();
		const trigger = this.page.locator(id('canvas-node')).first();
		await trigger.waitFor();
		return (await trigger.getAttribute('data-node-name')) ?? '';
	}

	/** Types into the search of the node panel; gives back the names that it finds, best first. */
	async searchNodes(words: string): Promise<string[]> {
		await this.nodePanelSearch().fill(words);
		let found = ['not asked yet'];
		for (;;) {
			// The panel searches a moment after the last key.
			await this.page.waitForTimeout(SEARCH_MS);
			const names = await this.foundNodes().allInnerTexts();
			if (names.join() === found.join()) return names;
			found = names;
		}
	}

	/**
	 * Takes a node that the search has found, and opens its own panel. Where the node panel asks what the node
	 * is for, it takes the first of its triggers, or the action of this name: n8n shows a node and its trigger
	 * as one entry. Gives back the type of the node on the canvas.
	 */
	async takeNode(name: string, action?: string): Promise<string> {
		const before = await this.nodeTypes();
		await this.panelEntry(this.page.getByText(name, { exact: true })).click();
		const details = this.page.locator(id('node-creator')).getByText('Node details');
		const ndv = this.page.locator(id('ndv'));
		await details.or(ndv).first().waitFor();
		if (await details.isVisible()) {
			const add = this.page.getByRole('button', { name: 'Add to workflow' });
			const choice = this.page
				.locator(`${id('item-iterator-item')}:visible`)
				.filter({ hasText: action ?? /^On / });
			const section = this.page
				.locator(`${id('node-creator-category-item')}:visible`)
				.filter({ hasText: action === undefined ? /^Triggers/ : /^Actions/ });
			await add.or(section).or(choice).first().waitFor();
			if (await add.or(choice).first().isHidden()) await section.click();
			await add.or(choice).first().click();
		}
		await ndv.waitFor();
		await this.closeNode();
		const added = (await this.nodeTypes()).filter((type) => !before.includes(type));
		return added.at(-1) ?? '';
	}

	/** The types of the nodes on the canvas. */
	async nodeTypes(): Promise<string[]> {
		return await this.page
			.locator(id('canvas-node'))
			.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-node-type') ?? ''));
	}

	/** What the canvas shows of a node: its name, its subtitle and the labels of its outputs. */
	async canvasText(name: string): Promise<string> {
		return await this.canvasNode(name).innerText();
	}

	/** Opens the panel of a node. */
	async openNode(name: string): Promise<void> {
		await this.canvasNode(name).dblclick();
		await this.page.locator(id('ndv')).waitFor();
		await this.page.locator(id('node-parameters')).waitFor();
	}

	/** Goes back to the canvas, in n8n 1 by a link with those words. */
	async closeNode(): Promise<void> {
		await this.page.click(`${id('ndv-close-button')}, ${id('back-to-canvas')}`);
		await this.page.locator(id('ndv')).waitFor({ state: 'hidden' });
	}

	/** A parameter in the open panel, by its internal name. */
	parameter(name: string): Locator {
		return this.page.locator(id(`${PARAMETER}${name}`)).first();
	}

	/** The internal names of the parameters that the open panel shows, in order. */
	async shownParameters(): Promise<string[]> {
		const names = await this.page
			.locator(`${id('node-parameters')} [data-test-id^="${PARAMETER}"]:visible`)
			.evaluateAll((elements) => elements.map((element) => element.getAttribute('data-test-id')));
		// Within an input of plain text n8n has a field of its own.
		return names
			.map((name) => (name ?? '').slice(PARAMETER.length))
			.filter((name) => name !== 'field');
	}

	/** Chooses an entry of a parameter; opens its menu again when the entries were not loaded yet. */
	async choose(name: string, choice: string): Promise<void> {
		const entry = this.visibleEntry('.el-select-dropdown__item', choice);
		const deadline = Date.now() + TIMEOUT_MS;
		for (;;) {
			await this.parameter(name).locator('.el-select').first().click();
			try {
				await entry.click({ timeout: MENU_MS });
				return;
			} catch (error) {
				if (Date.now() > deadline) throw error;
				// A click beside the menu; the escape key would close the whole panel.
				await this.page.locator(id('node-parameters')).click({ position: { x: 5, y: 5 } });
			}
		}
	}

	/** Closes a menu in which several entries can be chosen. */
	async closeMenu(): Promise<void> {
		await this.page.locator(id('node-parameters')).click({ position: { x: 5, y: 5 } });
	}

	/** Opens the list of a resource locator and waits for its entries; gives back their names. */
	async openList(name: string): Promise<string[]> {
		await this.page.locator(`${id(`resource-locator-${name}`)} ${id('rlc-input')}`).click();
		const entries = this.page.locator(`${id('rlc-item')}:visible`);
		await entries.first().waitFor();
		return (await entries.allInnerTexts()).map((text) => text.trim());
	}

	/** Chooses an entry of the list that `openList` has opened. */
	async chooseFromList(choice: string): Promise<void> {
		await this.visibleEntry(id('rlc-item'), choice).click();
	}

	/** Adds one of the options below the parameters. In n8n 1 the list of them has no test id. */
	async addOption(option: string): Promise<void> {
		const lists = [id('collection-parameter-add'), '.collection-parameter-wrapper .add-option'];
		await this.page
			.locator(lists.map((list) => `${list} input:visible`).join(', '))
			.last()
			.click();
		await this.visibleEntry(id('collection-parameter-option'), option).click();
	}

	/** Runs what comes before the open node, so that it has input data. */
	async executePreviousNodes(): Promise<void> {
		const button = this.page.locator(id('execute-previous-node'));
		await button.click();
		await button.waitFor({ state: 'hidden' });
	}

	/** Runs the workflow up to the open node, waits for the end, and says whether the node succeeded. */
	async executeNode(): Promise<boolean> {
		await this.page.click(id('node-execute-button'));
		const panel = this.page.locator(id('output-panel'));
		const success = panel.locator(id('node-run-status-success'));
		await success
			.or(panel.locator(id('node-run-status-danger')))
			.first()
			.waitFor();
		return (await success.count()) > 0;
	}

	/** Begins a new credential in the open panel. */
	async newCredential(): Promise<void> {
		const select = this.page.locator(id('node-credentials-select')).first();
		await select
			.or(this.page.locator(id('node-credentials-empty-state')).first())
			.first()
			.click();
		const create = this.page.locator(`${id('node-credentials-select-item-new')}:visible`).first();
		await create.click();
		await this.page.locator(id('credential-edit-dialog')).waitFor();
	}

	/** Begins a new credential with the "+" at the top left, which n8n shows everywhere. */
	async newCredentialFromStart(type: string): Promise<void> {
		await this.page.goto(`${this.url}/home/workflows`);
		await this.page.click(id('universal-add'));
		await this.page
			.getByText(/^\s*(New credential|Credential)\s*$/)
			.first()
			.click();
		const select = this.page.locator(`${id('new-credential-type-select')} input`);
		await select.fill(type);
		await this.visibleEntry(id('new-credential-type-select-option'), type).click();
		await this.page.click(id('new-credential-type-button'));
		await this.page.locator(id('credential-edit-dialog')).waitFor();
	}

	/** Types into a text field of the open panel or credential. */
	async type(name: string, text: string): Promise<void> {
		await this.parameter(name).locator('input').first().fill(text);
	}

	/** Saves the open credential, and says whether n8n's test of it has succeeded: then it is closed, by n8n 2 itself. */
	async saveCredential(): Promise<boolean> {
		const dialog = this.page.locator(id('credential-edit-dialog'));
		const good = this.page.locator(id('credentials-config-container-test-success'));
		await this.page.locator(id('credential-save-button')).click();
		const timeout = CREDENTIAL_TEST_MS;
		const isGood = await Promise.any([
			dialog.waitFor({ state: 'hidden', timeout }),
			good.waitFor({ timeout }),
		]).then(
			() => true,
			() => false,
		);
		if (!isGood) return false;
		const isOpen = async () => await good.isVisible();
		for (let waitedMs = 0; waitedMs < CLOSES_ITSELF_MS && (await isOpen()); waitedMs += TICK_MS) {
			await this.page.waitForTimeout(TICK_MS);
		}
		if (await isOpen()) await this.page.locator('.el-dialog__headerbtn:visible').first().click();
		await dialog.waitFor({ state: 'hidden' });
		return true;
	}

	/** Drags a field from the input on the left into a parameter. */
	async drag(field: string, name: string): Promise<void> {
		const source = this.page
			.locator(`${id('ndv-input-panel')} [data-target="mappable"][data-name="${field}"]:visible`)
			.first();
		await source.hover();
		await this.page.mouse.down();
		const target = await this.parameter(name).boundingBox();
		if (target === null) throw new Error(`The parameter ${name} is not to be seen.`);
		const [x, y] = [target.x + target.width / 2, target.y + target.height / 2];
		await this.page.mouse.move(x + 40, y - 40, { steps: 8 });
		await this.page.mouse.move(x, y, { steps: 8 });
		await this.page.mouse.up();
	}

	/** Publishes the workflow on the canvas; n8n 1 has a switch for that, and praises whoever uses it. */
	async publish(): Promise<void> {
		const activate = this.page.locator(id('workflow-activate-switch'));
		const open = this.page.locator(id('workflow-open-publish-modal-button'));
		await activate.or(open).first().waitFor();
		if (await activate.isVisible()) {
			await activate.click();
			await this.page.getByRole('button', { name: 'Got it' }).click();
			return;
		}
		await open.click();
		await this.page.locator(id('workflow-publish-button')).last().click();
		await this.page.locator(id('workflow-active-version-indicator')).first().waitFor();
	}

	/** Shows what was executed. */
	async openExecutions(workflowId: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${workflowId}/executions`);
		await this.page
			.getByText(/^Succe(ss|eded)/)
			.first()
			.waitFor();
	}

	/** Turns the light off, or on; the page is loaded anew, so what n8n 1 has not saved by itself is saved before. */
	async turnLight(theme: 'dark' | 'light'): Promise<void> {
		const save = this.page
			.locator(id('workflow-save-button'))
			.getByRole('button', { name: 'Save' });
		if (await save.isVisible()) {
			await save.click();
			await save.waitFor({ state: 'hidden' });
		}
		await this.page.evaluate((chosen) => {
			localStorage.setItem('N8N_THEME', chosen);
		}, theme);
		await this.page.reload();
		await this.page.locator(id('canvas-node')).first().waitFor();
	}

	/** Has the open trigger listen for a test event. */
	async listen(): Promise<void> {
		await this.page.locator(id('node-execute-button')).first().click();
	}

	/** What the whole open panel says. */
	async panel(): Promise<string> {
		return await this.page.locator(id('ndv')).innerText();
	}

	/** Shows the output of the open node as a table, and gives back its cells, row by row. */
	async outputTable(): Promise<string[][]> {
		const panel = this.page.locator(id('output-panel'));
		await panel.locator(id('radio-button-table')).click();
		const rows = panel.locator('table tr:visible');
		await rows.first().waitFor();
		return await rows.evaluateAll((elements) =>
			elements.map((row) =>
				[...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim()),
			),
		);
	}

	/** Waits until the output panel says something. */
	async untilOutput(text: string): Promise<void> {
		await this.page.locator(id('output-panel')).getByText(text).first().waitFor();
	}

	/** What the output panel says. */
	async output(): Promise<string> {
		return await this.page.locator(id('output-panel')).innerText();
	}

	/** Takes the notices away that cover a part of the page. */
	async dismissNotices(): Promise<void> {
		for (const close of await this.page.locator('.el-notification__closeBtn:visible').all()) {
			await close.click({ timeout: 2_000 }).catch(() => undefined);
		}
	}

	/** Takes a picture; gives back its path. */
	async screenshot(name: string): Promise<string> {
		await mkdir(SCREENSHOTS, { recursive: true });
		const path = join(SCREENSHOTS, `${name}.png`);
		// Animations would leave half-open menus in the picture.
		await this.page.waitForTimeout(400);
		await this.page.screenshot({ path, animations: 'disabled' });
		return path;
	}

	private canvasNode(name: string): Locator {
		return this.page.locator(`${id('canvas-node')}[data-node-name="${name}"]`).first();
	}

	private nodePanelSearch(): Locator {
		return this.page.locator(`${id('node-creator-search-bar')}:visible`).first();
	}

	private panelEntry(content: string | Locator): Locator {
		return this.page
			.locator(`${id('item-iterator-item')}:visible`)
			.filter(typeof content === 'string' ? { hasText: content } : { has: content })
			.first();
	}

	private foundNodes(): Locator {
		return this.page.locator(`${id('node-creator-item-name')}:visible`);
	}

	private visibleEntry(selector: string, text: string): Locator {
		return this.page.locator(`${selector}:visible`).filter({ hasText: text }).first();
	}
}

function id(testId: string): string {
	return `[data-test-id="${testId}"]`;
}
