// Finds the log fields that hold indicators: a message in, the same out, with the fields and log types that a hunt takes.
const { accountOf, failed, setting, text } = require('./report.js');

module.exports = function (RED) {
  function Fields(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const options = {
          since: text('since', setting(message.since, config.since)),
          until: text('until', setting(message.until, config.until)),
          signal: stopped.signal,
        };
        node.status({ fill: 'blue', shape: 'dot', text: 'finding fields' });
        const { kinds, fields, sampled, unknown_log_types: unknownLogTypes, notices } = await account.findFields(options);
        for (const { text } of notices) node.warn(text);
        node.status({ fill: unknownLogTypes.length > 0 ? 'yellow' : 'green', shape: 'dot', text: `${sampled.length} log types` });
        // The payload stays, so that indicators pass through on their way to a hunt.
        send({ ...message, kinds, fields, logTypes: sampled, unknownLogTypes, notices });
        done();
      } catch (error) {
        if (stopped.signal.aborted) done();
        else failed(node, error, done);
      }
    });
    node.on('close', () => stopped.abort());
  }
  RED.nodes.registerType('logzio-fields', Fields);
};
