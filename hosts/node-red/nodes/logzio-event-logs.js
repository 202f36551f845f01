// The logs behind an incident: an incident or an event's id in, the same message with the logs out.
const { accountOf, failed, number, reader, setting } = require('./report.js');

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
        if (typeof eventId !== 'string') {
          throw new Error("there is no event: send an incident, or an event's id, as msg.payload");
        }
        node.status({ fill: 'blue', shape: 'dot', text: 'asking' });
        const read = reader(setting(message.documents, config.documents));
        const page = await account.getLogsByEventId(eventId, {
          limit: number('the limit', setting(message.limit, config.limit)),
          page: setting(message.page),
          signal: stopped.signal,
        });
        for (const { text } of page.notices) node.warn(text);
        node.status({ fill: 'green', shape: 'dot', text: `${page.logs.length} logs${page.next ? ', there are more' : ''}` });
        const incident = typeof payload === 'object' ? payload : undefined;
        const { total, next, notices } = page;
        send({ ...message, payload: page.logs.map(read), incident, total, next, notices });
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
