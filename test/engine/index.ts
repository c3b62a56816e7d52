/**
 * Runs our nodes inside n8n's real execution engine, in one process and without a database:
 * what retries, continues, routes errors, evaluates expressions, sends requests and stores
 * binary data is n8n's own code. Import it at the top of a test file.
 */
import './environment';

export { binaryItem, type BinaryItemOptions, type BinaryStorage } from './services';
export type { CredentialsByType } from './credentials';
export { START, runNode, type NodeRun, type RunResult, type SingleRun } from './run';
