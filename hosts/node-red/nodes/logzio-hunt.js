// Hunts for indicators: a list of them in, what was seen of each out.
const { accountOf, failed, isOn, list, number, reader, setting, text } = require('./report.js');

module.exports = function (RED) {
  function Hunt(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const given = Array.isArray(message.payload) || typeof message.payload === 'string' ? message.payload : config.indicators;
        const read = reader(setting(message.documents, config.documents));
        const isWhole = isOn(message.all, config.all, true);
        const options = {
          since: text('since', setting(message.since, config.since)),
          until: text('until', setting(message.until, config.until)),
          fields: fieldsOf(setting(message.fields, config.fields)),
          logTypes: logTypesOf(message.logTypes),
          internalNetworks: list(setting(message.internalNetworks, config.internalNetworks)),
          limitPerIndicator: number('the limit', setting(message.limit, config.limit)),
          signal: stopped.signal,
        };
        node.status({ fill: 'blue', shape: 'dot', text: 'hunting' });
        const found = { sightings: [], rejected: [], queries: [], notices: [] };
        // By kind, so that a later call replaces what an earlier one said.
        const searched = new Map();
        const unknown = new Set();
        let left = list(given);
        do {
          const report = await account.huntIndicators(left, options);
          for (const [name, all] of Object.entries(found)) all.push(...report[name]);
          for (const one of report.searched) searched.set(one.kind, one);
          for (const one of report.unknown_log_types) unknown.add(one);
          // A call that finishes nothing fails, so this ends.
          left = report.unfinished;
        } while (isWhole && left.length > 0);
        const { sightings, rejected, queries, notices } = found;
        for (const { value, why } of rejected) node.warn(`${value} was not looked for: ${why}`);
        for (const { text } of notices) node.warn(text);
        const seen = sightings.filter((one) => one.hits > 0).length;
        node.status({ fill: seen > 0 ? 'yellow' : 'green', shape: 'dot', text: `${seen} of ${sightings.length} seen` });
        const payload = sightings.map((one) => ({ ...one, logs: one.logs.map(read) }));
        const where = { searched: [...searched.values()], unknownLogTypes: [...unknown] };
        send({ ...message, payload, rejected, unfinished: left, queries, ...where, notices });
        done();
      } catch (error) {
        if (stopped.signal.aborted) done();
        else failed(node, error, done);
      }
    });
    node.on('close', () => stopped.abort());
  }
  RED.nodes.registerType('logzio-hunt', Hunt);
};

/** The fields to look in by kind: an object, or its JSON from the dialog. */
function fieldsOf(given) {
  if (given === undefined) return {};
  let fields = given;
  if (typeof given === 'string') {
    try {
      fields = JSON.parse(given);
    } catch {
      fields = undefined;
    }
  }
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields;
  throw new Error('the fields are no JSON object: give lists of fields by kind, such as {"user": ["user.name"]}');
}

/** The log types that the fields were learned from, as the node of the fields sends them. */
function logTypesOf(given) {
  if (given === undefined || given === null || Array.isArray(given)) return given ?? undefined;
  throw new Error(`the log types are ${JSON.stringify(given)}: give an array, or leave them out`);
}
