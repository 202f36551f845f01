// What the nodes have in common: how a result, a failure and a status are told. Knows no operation.

const LONGEST_STATUS = 60;

/** A text short enough to stand under a node. */
function short(text) {
  const line = String(text).split('\n')[0];
  return line.length > LONGEST_STATUS ? `${line.slice(0, LONGEST_STATUS - 1)}…` : line;
}

/** Shows a failure under the node, and passes it on to the flow's catch nodes. */
function failed(node, error, done) {
  node.status({ fill: 'red', shape: 'ring', text: short(error.case ?? error.message) });
  // Only the text: a stack in Node-RED's log helps nobody who reads it.
  const told = new Error(error.message);
  for (const detail of ['case', 'retryAfterMs']) {
    if (error[detail] !== undefined) told[detail] = error[detail];
  }
  told.stack = undefined;
  done(told);
}

/** The accounts of a node's configuration, or a failure that says what to do. */
function accountOf(RED, node, id) {
  const account = RED.nodes.getNode(id);
  if (!account) throw new Error('no account is configured: open the node and choose one');
  return account.open();
}

/** A text of the message if it has one, or else that of the configuration; none if both are empty. */
function setting(given, configured) {
  const value = given ?? configured;
  return value === undefined || value === null || value === '' ? undefined : value;
}

/** A whole number, from a text too. */
function number(name, given) {
  if (given === undefined || given === null || given === '') return undefined;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} is ${JSON.stringify(given)}: give a whole number, or leave it empty`);
}

/** Texts that are separated by commas or lines. */
function list(text) {
  if (Array.isArray(text)) return text;
  return String(text ?? '').split(/[,\n]/).map((one) => one.trim()).filter((one) => one !== '');
}

/** A JSON text as a value; the text itself if it is none. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A log as a flow takes it, with its document as an object. */
function log({ id, timestamp, source }) {
  return { id, timestamp, source: parsed(source) };
}

module.exports = { accountOf, failed, list, log, number, parsed, setting, short };
