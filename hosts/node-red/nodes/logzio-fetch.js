// Polls for security events: one message for each incident, each incident once. The place is kept in the node's context.
const { accountOf, failed, list, number, parsed, setting } = require('./report.js');

const DEFAULT_INTERVAL = 60;
const PLACE = 'cursor';

module.exports = function (RED) {
  function Fetch(config) {
    RED.nodes.createNode(this, config);
    const node = this;
    const store = config.store || undefined;
    const context = node.context();
    const stopped = new AbortController();
    let running;
    let timer;

    const get = () => new Promise((resolve, reject) => {
      context.get(PLACE, store, (error, value) => (error ? reject(error) : resolve(value)));
    });
    const set = (value) => new Promise((resolve, reject) => {
      context.set(PLACE, value, store, (error) => (error ? reject(error) : resolve()));
    });

    async function fetch(send) {
      const account = accountOf(RED, node, config.account);
      const options = {
        since: setting(undefined, config.since) ?? '1 hour ago',
        ruleName: setting(undefined, config.ruleName),
        severities: list(config.severities).map((one) => one.toLowerCase()),
        tags: list(config.tags),
        includeMuted: config.includeMuted === true,
        lookBackMinutes: number('the look-back', config.lookBack),
        attachLogs: number('the number of logs', config.attachLogs),
        signal: stopped.signal,
      };
      node.status({ fill: 'blue', shape: 'dot', text: 'fetching' });
      let count = 0;
      let page;
      do {
        page = await account.fetchIncidents({ ...options, cursor: await get() });
        for (const incident of page.incidents) {
          const { raw, logs, ...fields } = incident;
          send({ topic: incident.name, payload: { ...fields, raw: parsed(raw), logs: logs.map(parsed) } });
        }
        count += page.incidents.length;
        for (const warning of page.warnings) node.warn(warning);
        // After its incidents: a crash repeats a page at worst, and loses nothing.
        await set(page.next);
      } while (page.more && !stopped.signal.aborted);
      const time = new Date().toISOString().slice(11, 16);
      node.status({ fill: 'green', shape: 'dot', text: `${count === 0 ? 'nothing new' : `${count} new`} at ${time} UTC` });
    }

    /** Fetches, unless a fetch is under way. */
    function once(send, done) {
      if (running !== undefined) return done();
      running = fetch(send)
        .then(() => done(), (error) => (stopped.signal.aborted ? done() : failed(node, error, done)))
        .finally(() => (running = undefined));
      return running;
    }

    node.on('input', async (message, send, done) => {
      try {
        if (message.reset === true) {
          await running;
          await set(undefined);
        }
      } catch (error) {
        return failed(node, error, done);
      }
      return once(send, done);
    });
    node.on('close', async (done) => {
      clearInterval(timer);
      stopped.abort();
      await running;
      done();
    });

    const interval = Number(config.interval || DEFAULT_INTERVAL);
    const poll = () => once((message) => node.send(message), (error) => error && node.error(error, {}));
    if (interval > 0) {
      timer = setInterval(poll, interval * 1000);
      setImmediate(() => stopped.signal.aborted || poll());
    } else {
      node.status({ fill: 'grey', shape: 'ring', text: 'fetches when a message comes in' });
    }
  }
  RED.nodes.registerType('logzio-fetch', Fetch);
};
