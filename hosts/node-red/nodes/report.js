// What the nodes have in common: how settings are read, and how a result, a failure and a status are told. Knows no operation.

const LONGEST_STATUS = 60;

/** A text short enough to stand under a node. */
function short(text) {
  const line = String(text).split('\n')[0];
  return line.length > LONGEST_STATUS ? `${line.slice(0, LONGEST_STATUS - 1)}…` : line;
}

/**
 * Shows a failure under the node, and passes it on to the flow's catch nodes: there, `error.code` is the contract's name of
 * it, and `error.cause` all that the contract says of it.
 */
function failed(node, error, done) {
  node.status({ fill: 'red', shape: 'ring', text: short(error.case ?? error.message) });
  // Only the text: a stack in Node-RED's log helps nobody who reads it.
  const told = new Error(error.message);
  told.stack = undefined;
  if (error.case !== undefined) {
    told.code = error.case;
    told.cause = error.details;
  } else {
    // Node-RED has a text of its own for an error whose `code` it knows, so a system's code is not passed on.
    told.code = error.name;
  }
  done(told);
}

/** The accounts of a node's configuration, or a failure that says what to do. */
function accountOf(RED, node, id) {
  const account = RED.nodes.getNode(id);
  if (!account) throw new Error('no account is configured: open the node and choose one');
  return account.open();
}

/** What the message says, or else the configuration; none if the field there is empty. */
function setting(given, configured) {
  if (given !== undefined && given !== null) return given;
  return configured === undefined || configured === null || configured === '' ? undefined : configured;
}

/** A text, or a moment, which JavaScript has as a Date and many nodes as a number of milliseconds. */
function text(name, given) {
  if (given === undefined || typeof given === 'string' || given instanceof Date) return given;
  if (typeof given === 'number') return String(given);
  throw new Error(`${name} is ${JSON.stringify(given)}: give a text, or leave it empty`);
}

/** A whole number, from a text too. */
function number(name, given) {
  if (given === undefined || given === null || given === '') return undefined;
  const value = Number(given);
  if (typeof given !== 'object' && typeof given !== 'boolean' && Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} is ${JSON.stringify(given)}: give a whole number, or leave it empty`);
}

/** A switch that is on or off; a flow from before there was one has none. */
function isOn(given, configured, otherwise) {
  return typeof given === 'boolean' ? given : (configured ?? otherwise);
}

/** Texts that are separated by commas or lines. */
function list(given) {
  if (Array.isArray(given)) return given;
  return String(given ?? '').split(/[,\n]/).map((one) => one.trim()).filter((one) => one !== '');
}

/**
 * How a record that holds documents is passed on: with the documents as objects, or as the texts that Logz.io sent, in which no
 * large number loses a digit.
 */
function reader(given) {
  if (given !== undefined && given !== 'object' && given !== 'text') {
    throw new Error(`documents is ${JSON.stringify(given)}: give object or text`);
  }
  return (record) => {
    const read = { ...record };
    if (given !== 'text') return read;
    for (const name of Object.keys(read)) {
      // Beside each member that holds documents, one that is not enumerable holds their texts.
      const texts = record[`${name}_text`];
      if (texts !== undefined) read[name] = texts;
    }
    return read;
  };
}

module.exports = { accountOf, failed, isOn, list, number, reader, setting, text };
