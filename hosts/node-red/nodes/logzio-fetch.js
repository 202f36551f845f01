// Polls for security events: one message for each incident, each incident once. The place is kept in the node's context.
const { accountOf, failed, isOn, list, number, reader, setting, text } = require('./report.js');

const DEFAULT_INTERVAL = 60;
const DEFAULT_SINCE = '1 hour ago';
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

    async function fetch(message, send) {
      const account = accountOf(RED, node, config.account);
      const read = reader(setting(message.documents, config.documents));
      const isWhole = isOn(message.all, config.all, true);
      const options = {
        since: text('since', setting(message.since, config.since)) ?? DEFAULT_SINCE,
        ruleName: text('the rule', setting(message.ruleName, config.ruleName)),
        severities: list(setting(message.severities, config.severities)).map((one) => String(one).toLowerCase()),
        tags: list(setting(message.tags, config.tags)),
        includeMuted: isOn(message.includeMuted, config.includeMuted, false),
        limit: number('the limit', setting(message.limit, config.limit)),
        lookBackMinutes: number('the look-back', setting(message.lookBackMinutes, config.lookBack)),
        attachLogs: number('the number of logs', setting(message.attachLogs, config.attachLogs)),
        signal: stopped.signal,
      };
      // First of all: should the fetch fail, the next one still starts over.
      if (message.reset === true) await set(undefined);
      let cursor = setting(message.cursor) ?? (await get());
      node.status({ fill: 'blue', shape: 'dot', text: 'fetching' });
      const notices = [];
      let count = 0;
      let page;
      do {
        page = await account.fetchIncidents({ ...options, cursor });
        for (const incident of page.incidents) send([{ topic: incident.name, payload: read(incident) }, null]);
        count += page.incidents.length;
        for (const { text } of page.notices) node.warn(text);
        notices.push(...page.notices);
        // After its incidents: a crash repeats a page at worst, and loses nothing.
        cursor = page.next;
        await set(cursor);
      } while (isWhole && page.more && !stopped.signal.aborted);
      send([null, { ...message, payload: { count, more: page.more, next: page.next, notices } }]);
      const time = new Date().toISOString().slice(11, 16);
      node.status({ fill: 'green', shape: 'dot', text: `${count === 0 ? 'nothing new' : `${count} new`} at ${time} UTC` });
    }

    /** Fetches once the fetch that is under way is done. */
    function next(message, send, done) {
      const turn = (running ?? Promise.resolve())
        .then(() => (stopped.signal.aborted ? undefined : fetch(message, send)))
        .then(() => done(), (error) => (stopped.signal.aborted ? done() : failed(node, error, done)))
        .finally(() => {
          if (running === turn) running = undefined;
        });
      running = turn;
    }

    node.on('input', next);
    node.on('close', async (done) => {
      clearInterval(timer);
      stopped.abort();
      await running;
      done();
    });

    const poll = () => {
      if (running === undefined) next({}, (messages) => node.send(messages), (error) => error && node.error(error, {}));
    };
    const interval = Number(config.interval || DEFAULT_INTERVAL);
    if (!(interval >= 0 && interval <= 86_400)) {
      failed(node, new Error(`the interval is ${config.interval}: give seconds from 0 to 86400`), (error) => node.error(error, {}));
    } else if (interval > 0) {
      timer = setInterval(poll, interval * 1000);
      setImmediate(() => stopped.signal.aborted || poll());
    } else {
      node.status({ fill: 'grey', shape: 'ring', text: 'fetches when a message comes in' });
    }
  }
  RED.nodes.registerType('logzio-fetch', Fetch);
};
