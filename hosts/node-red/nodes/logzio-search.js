// Searches logs: one message in, one message with the logs out.
const { accountOf, failed, list, log, number, setting } = require('./report.js');

const DEFAULT_LIMIT = 1000;
const LARGEST_PAGE = 10_000;

module.exports = function (RED) {
  function Search(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const asked = typeof message.payload === 'string' ? message.payload : undefined;
        const query = setting(undefined, config.query) ?? setting(asked);
        if (query === undefined) throw new Error('there is no query: write one into the node, or send it as msg.payload');
        const limit = number('the limit', setting(message.limit, config.limit)) ?? DEFAULT_LIMIT;
        const options = {
          since: setting(message.since, config.since),
          until: setting(message.until, config.until),
          order: setting(message.order, config.order),
          fields: list(config.fields),
          page: setting(message.page),
          signal: stopped.signal,
        };
        node.status({ fill: 'blue', shape: 'dot', text: 'searching' });
        const logs = [];
        const warnings = [];
        let last;
        let { page } = options;
        do {
          const pages = account.searchLogs(query, { ...options, page, pageSize: Math.min(limit - logs.length, LARGEST_PAGE) });
          last = (await pages.next()).value;
          logs.push(...last.logs.map(log));
          warnings.push(...last.warnings);
          page = last.next;
        } while (page !== undefined && logs.length < limit);
        for (const warning of warnings) node.warn(warning);
        const more = page === undefined ? '' : ', there are more';
        node.status({ fill: 'green', shape: 'dot', text: `${logs.length} logs${more}` });
        send({ ...message, payload: logs, total: last.total, next: page, warnings });
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
