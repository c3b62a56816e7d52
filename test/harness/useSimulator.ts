import { startSimulator, type Simulator, type SimulatorSettings } from '../simulator';

/**
 * Gives a suite a simulator of its own: it starts before the tests, each test finds it as it was started, and
 * it ends after them.
 * @param take told of the simulator before the first test
 */
export function useSimulator(
	settings: Partial<SimulatorSettings>,
	take: (simulator: Simulator) => void,
): void {
	let simulator: Simulator;
	beforeAll(async () => {
		simulator = await startSimulator({ settings });
		take(simulator);
	});
	beforeEach(() => {
		simulator.reset();
	});
	afterAll(async () => {
		await simulator.close();
	});
}
