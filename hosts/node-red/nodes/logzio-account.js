// A customer's accounts: where they are, and the tokens, which Node-RED keeps as credentials.
module.exports = async function (RED) {
  const { LogzioSoar } = await import('logzio-soar');

  function Account(config) {
    RED.nodes.createNode(this, config);
    let account;

    /** The accounts, ready to be asked. Throws what is wrong with the configuration. */
    this.open = () => {
      if (account === undefined) {
        const { securityToken, operationsToken } = this.credentials ?? {};
        const options = {};
        if (config.url) options.url = config.url;
        else if (config.region) options.region = config.region;
        if (securityToken) options.securityToken = securityToken;
        if (operationsToken) options.operationsToken = operationsToken;
        if (config.timeBudget) options.timeBudgetMs = Math.round(Number(config.timeBudget) * 1000);
        account = new LogzioSoar(options);
      }
      return account;
    };
    this.on('close', (done) => {
      const closing = account === undefined ? Promise.resolve() : account.close();
      closing.then(() => done(), done);
    });
  }
  RED.nodes.registerType('logzio-account', Account, {
    credentials: { securityToken: { type: 'password' }, operationsToken: { type: 'password' } },
  });
};
