/**
 * n8n reads the nodes and credentials of this package from the `n8n` block of package.json,
 * so there is nothing to export.
 */
module.exports = {};
