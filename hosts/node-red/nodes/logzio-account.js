// A customer's accounts: where they are, and the tokens, which Node-RED keeps as credentials. Serves the editor too: what
// may be chosen, and whether an account works.
const { number } = require('./report.js');

/** A request that was sent, for Node-RED's log. */
function line({ method, path, attempt, status, failure, ms, bytes_sent, bytes_received }) {
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return `${method} ${path}: ${status ?? failure ?? 'no answer'}, ${ms} ms, ${bytes_sent} bytes sent, ${bytes_received} received${again}`;
}

/** What the editor shows in place of a stored credential. */
const STORED = '__PWRD__';

module.exports = async function (RED) {
  const { ContractError, LogzioSoar } = await import('logzio-soar');

  /** The options of an account. Throws what is wrong with the configuration. */
  function optionsOf(config, { securityToken, operationsToken }) {
    const options = {};
    // A flow from before there was the choice has a URL only if it is meant.
    if (config.where ? config.where === 'url' : config.url) options.url = config.url;
    else if (config.region) options.region = config.region;
    if (securityToken) options.securityToken = securityToken;
    if (operationsToken) options.operationsToken = operationsToken;
    if (config.timeBudget) {
      const seconds = Number(config.timeBudget);
      if (!(seconds >= 0)) throw new Error("the account's seconds are no number: give 1 to 600, or leave them empty");
      options.timeBudgetMs = Math.round(seconds * 1000);
    }
    const megabytes = number("the account's memory", config.memoryLimit);
    if (megabytes !== undefined) options.memoryLimit = megabytes * 2 ** 20;
    return options;
  }

  /** Whether one of Node-RED's logs shows requests. */
  function isDebugged() {
    return Object.values(RED.settings.logging ?? {}).some((log) => log?.level === 'debug' || log?.level === 'trace');
  }

  function Account(config) {
    RED.nodes.createNode(this, config);
    let account;

    const watching = isDebugged() ? { onRequest: (request) => this.debug(line(request)) } : {};

    /** The accounts, ready to be asked. Throws what is wrong with the configuration. */
    this.open = () => (account ??= new LogzioSoar({ ...optionsOf(config, this.credentials ?? {}), ...watching }));
    this.on('close', (done) => {
      const closing = account === undefined ? Promise.resolve() : account.close();
      closing.then(() => done(), done);
    });
  }
  RED.nodes.registerType('logzio-account', Account, {
    credentials: { securityToken: { type: 'password' }, operationsToken: { type: 'password' } },
  });

  /** Makes a call for the editor, and answers with what it returns. */
  async function answer(response, open, callee) {
    let account;
    try {
      account = open();
      response.json({ ok: await account[callee]() });
    } catch (error) {
      response.json({ error: error.message, details: error instanceof ContractError ? error.details : undefined });
    } finally {
      await account?.close();
    }
  }

  // What may be chosen in the dialogs: the component says it, so that it stands in one place.
  RED.httpAdmin.get('/logzio-soar/integration', RED.auth.needsPermission('flows.read'), (_, response) =>
    answer(response, () => new LogzioSoar({ threads: 1 }), 'describe'),
  );

  // Whoever may change an account may send its tokens somewhere; nobody else may.
  RED.httpAdmin.post('/logzio-soar/check/:id', RED.auth.needsPermission('flows.write'), (request, response) => {
    const { securityToken = STORED, operationsToken = STORED, ...config } = request.body ?? {};
    const stored = RED.nodes.getCredentials(request.params.id) ?? {};
    const credentials = {
      securityToken: securityToken === STORED ? stored.securityToken : securityToken,
      operationsToken: operationsToken === STORED ? stored.operationsToken : operationsToken,
    };
    return answer(response, () => new LogzioSoar({ ...optionsOf(config, credentials), threads: 1 }), 'checkConnection');
  });
};
