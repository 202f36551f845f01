// Searches logs: one message in, one message with a page of logs out, or one for each page.
const { accountOf, failed, isOn, list, number, reader, setting, text } = require('./report.js');

module.exports = function (RED) {
  function Search(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const asked = typeof message.payload === 'string' ? message.payload : undefined;
        const query = setting(undefined, config.query) ?? asked;
        if (query === undefined) throw new Error('there is no query: write one into the node, or send it as msg.payload');
        const read = reader(setting(message.documents, config.documents));
        const isWhole = isOn(message.all, config.all, false);
        const pages = account.searchLogs(query, {
          since: text('since', setting(message.since, config.since)),
          until: text('until', setting(message.until, config.until)),
          order: setting(message.order, config.order),
          fields: list(setting(message.fields, config.fields)),
          pageSize: number('the limit', setting(message.limit, config.limit)),
          page: setting(message.page),
          signal: stopped.signal,
        });
        node.status({ fill: 'blue', shape: 'dot', text: 'searching' });
        let count = 0;
        let left;
        for await (const { logs, total, next, notices } of pages) {
          for (const { text } of notices) node.warn(text);
          send({ ...message, payload: logs.map(read), total, next, notices });
          count += logs.length;
          left = next;
          if (!isWhole) break;
          node.status({ fill: 'blue', shape: 'dot', text: `${count} logs so far` });
        }
        node.status({ fill: 'green', shape: 'dot', text: `${count} logs${left ? ', there are more' : ''}` });
        done();
      } catch (error) {
        if (stopped.signal.aborted) done();
        else failed(node, error, done);
      }
    });
    node.on('close', () => stopped.abort());
  }
  RED.nodes.registerType('logzio-search', Search);
};
