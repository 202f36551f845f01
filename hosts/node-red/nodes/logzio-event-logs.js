// The logs behind an incident: an incident or an event's id in, the same message with the logs out.
const { accountOf, failed, log, number, setting } = require('./report.js');

module.exports = function (RED) {
  function EventLogs(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const { payload } = message;
        const eventId = typeof payload === 'string' ? payload : payload?.id;
        if (typeof eventId !== 'string' || eventId === '') {
          throw new Error("there is no event: send an incident, or an event's id, as msg.payload");
        }
        node.status({ fill: 'blue', shape: 'dot', text: 'asking' });
        const options = { signal: stopped.signal };
        const limit = number('the limit', setting(message.limit, config.limit));
        if (limit !== undefined) options.limit = limit;
        const page = await account.getLogsByEventId(eventId, options);
        for (const warning of page.warnings) node.warn(warning);
        node.status({ fill: 'green', shape: 'dot', text: `${page.logs.length} logs` });
        const incident = typeof payload === 'object' ? payload : undefined;
        send({ ...message, payload: page.logs.map(log), incident, total: page.total, warnings: page.warnings });
        done();
      } catch (error) {
        if (stopped.signal.aborted) done();
        else failed(node, error, done);
      }
    });
    node.on('close', () => stopped.abort());
  }
  RED.nodes.registerType('logzio-event-logs', EventLogs);
};
