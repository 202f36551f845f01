// Hunts for indicators: a list of them in, what was seen of each out.
const { accountOf, failed, list, log, number, setting } = require('./report.js');

module.exports = function (RED) {
  function Hunt(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const stopped = new AbortController();

    node.on('input', async (message, send, done) => {
      try {
        const account = accountOf(RED, node, config.account);
        const given = Array.isArray(message.payload) || typeof message.payload === 'string' ? message.payload : config.indicators;
        let left = list(given);
        const options = {
          since: setting(message.since, config.since),
          until: setting(message.until, config.until),
          internalNetworks: list(config.internalNetworks),
          limitPerIndicator: number('the limit', setting(message.limit, config.limit)),
          signal: stopped.signal,
        };
        node.status({ fill: 'blue', shape: 'dot', text: 'hunting' });
        const sightings = [];
        const rejected = [];
        const warnings = [];
        do {
          const report = await account.huntIndicators(left, options);
          sightings.push(...report.sightings.map((one) => ({ ...one, logs: one.logs.map(log) })));
          rejected.push(...report.rejected);
          warnings.push(...report.warnings);
          // A call that finishes nothing fails, so this ends.
          left = report.unfinished;
        } while (left.length > 0);
        for (const { value, why } of rejected) node.warn(`${value} was not looked for: ${why}`);
        for (const warning of warnings) node.warn(warning);
        const seen = sightings.filter((one) => one.hits > 0).length;
        node.status({ fill: seen > 0 ? 'yellow' : 'green', shape: 'dot', text: `${seen} of ${sightings.length} seen` });
        send({ ...message, payload: sightings, rejected, warnings });
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
