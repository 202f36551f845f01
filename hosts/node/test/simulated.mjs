// A simulated Logz.io, served by the command `logzio-soar simulate`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LogzioSoar } from 'logzio-soar';

const COMMAND = process.env.LOGZIO_SOAR_COMMAND;

export class Simulated {
  static async serve(...flags) {
    const simulated = new Simulated();
    simulated.server = spawn(COMMAND, ['simulate', '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
    const found = {};
    for await (const line of createInterface({ input: simulated.server.stdout })) {
      const match = /export (\w+)=(\S+)/.exec(line);
      if (match) found[match[1]] = match[2];
      if (Object.keys(found).length === 3) break;
    }
    if (Object.keys(found).length !== 3) throw new Error(`${COMMAND} does not serve`);
    simulated.url = found.LOGZIO_URL;
    simulated.securityToken = found.LOGZIO_SECURITY_TOKEN;
    simulated.operationsToken = found.LOGZIO_OPERATIONS_TOKEN;
    simulated.server.stdout.resume();
    return simulated;
  }

  account(more = {}) {
    const { url, securityToken, operationsToken } = this;
    return new LogzioSoar({ url, securityToken, operationsToken, ...more });
  }

  stop() {
    this.server.kill();
  }
}
