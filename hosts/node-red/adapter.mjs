// The nodes as an adapter of the conformance suite: `node adapter.mjs FOLDER`, where FOLDER is as `check` leaves it. One JSON
// object a line on standard input is a call, one on standard output its answer, in the JSON form of the contract.
//
// Every call goes through a flow in a real Node-RED: the connection is an account that is deployed with the flow, the arguments
// are a message, and the answer is what the nodes send on, or what a catch node gets. Checking a connection and describing
// the integration, which no node does, are asked of the nodes' part of the admin API, as the editor asks. Node-RED is started
// with the environment of the call. The component is that of the installed package, or the file in LOGZIO_SOAR_COMPONENT.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { askFor } from '../node/dist/call.js';
import { answerSchema, definition, embedded, FormError, repeatedKey, resolved, toJson } from '../node/dist/form.js';
import { transpileComponent } from '../node/scripts/transpile.mjs';
import { NodeRed } from './node-red.mjs';

/** How many Node-REDs, of different environments, and how many flows in each are kept. */
const MOST_KEPT = 2;
const NODES = {
  'incidents.fetch-incidents': 'logzio-fetch',
  'logs.search-logs': 'logzio-search',
  'logs.get-logs-by-event-id': 'logzio-event-logs',
  'hunting.find-fields': 'logzio-fields',
  'hunting.hunt-indicators': 'logzio-hunt',
};

/** What nodes sent, in which JSON values are texts, as a text in the JSON form. */
function written(schema, value) {
  const { anyOf, oneOf, type, items, properties } = resolved(schema);
  if (value === null || value === undefined) return 'null';
  if (anyOf !== undefined) return written(anyOf[0], value);
  if (type === 'array') return `[${value.map((one) => written(items, one)).join(',')}]`;
  if (properties !== undefined) {
    const members = Object.entries(properties).map(([name, one]) => `${JSON.stringify(name)}:${written(one, value[name])}`);
    return `{${members.join(',')}}`;
  }
  return type === undefined && oneOf === undefined ? embedded(value) : JSON.stringify(value);
}

/** The members of a message: null stands for what is left to the node. */
const given = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));

/** The arguments of a call as a message to the node, which makes one call of it and keeps to the texts of documents. */
function messageOf(name, call) {
  const one = { all: false, documents: 'text' };
  switch (name) {
    case 'incidents.fetch-incidents': {
      const { start, filter, limit, look_back_minutes: lookBackMinutes, attach_logs: attachLogs } = call.request;
      const { rule_name: ruleName, severities, tags, include_muted: includeMuted } = filter ?? {};
      const place = start.case === 'at' ? { reset: true, since: start.value } : { cursor: start.value };
      return given({ ...one, ...place, ruleName, severities, tags, includeMuted, limit, lookBackMinutes, attachLogs });
    }
    case 'logs.search-logs': {
      const { lucene: payload, since, until, order, fields, limit, page } = call.query;
      return given({ ...one, payload, since, until, order, fields, limit, page });
    }
    case 'logs.get-logs-by-event-id':
      return given({ ...one, payload: call.event_id, limit: call.limit, page: call.page });
    case 'hunting.find-fields':
      return given({ ...one, since: call.request?.since, until: call.request?.until });
    default: {
      const { indicators, fields, log_types: logTypes, since, until } = call.request;
      const { internal_networks: internalNetworks, limit_per_indicator: limit } = call.request;
      const payload = indicators.map((indicator) => given(indicator));
      return given({ ...one, payload, fields, logTypes, internalNetworks, since, until, limit });
    }
  }
}

/** What the flow answered, as the function returns it. */
function resultOf(name, { payload, total = null, next = null, notices, incidents, ...of }) {
  switch (name) {
    case 'incidents.fetch-incidents':
      return { incidents, next: payload.next, more: payload.more, notices: payload.notices };
    case 'hunting.find-fields':
      return { kinds: of.kinds, fields: of.fields, sampled: of.logTypes, unknown_log_types: of.unknownLogTypes, notices };
    case 'hunting.hunt-indicators':
      return {
        sightings: payload,
        rejected: of.rejected,
        unfinished: of.unfinished,
        queries: of.queries,
        searched: of.searched,
        unknown_log_types: of.unknownLogTypes,
        notices,
      };
    default:
      return { logs: payload, total, next, notices };
  }
}

/** What went wrong, in the JSON form: an error of the contract, or a component that had to be stopped. */
function failureOf(message, details) {
  return details?.case === undefined ? { trap: JSON.stringify(message) } : { err: JSON.stringify(details) };
}

/** A flow in which a message that comes in over HTTP goes through one of the nodes, and what comes out of it back. */
function flowOf(key, connection, memory) {
  const { endpoint, security_token: securityToken, operations_token: operationsToken, time_budget_ms: budget } = connection;
  const id = (name) => `${key}-${name}`;
  const account = {
    id: id('account'),
    type: 'logzio-account',
    where: endpoint?.case === 'url' ? 'url' : 'region',
    region: endpoint?.case === 'region' ? endpoint.value : '',
    url: endpoint?.case === 'url' ? endpoint.value : '',
    timeBudget: budget === null || budget === undefined ? '' : String(budget / 1000),
    memoryLimit: memory === undefined ? '' : String(memory / 2 ** 20),
    credentials: given({ securityToken, operationsToken }),
  };
  const text = (members) => `JSON.stringify(${members}, (_, value) => value === undefined ? null : value)`;
  const nodes = [
    { id: id('in'), type: 'http in', url: `/${key}`, method: 'post', wires: [[id('pass')]] },
    {
      id: id('pass'),
      type: 'function',
      outputs: Object.keys(NODES).length,
      func: `flow.set('incidents', []); const { place, message } = msg.payload; const all = [${Object.keys(NODES).map(() => 'null')}];
        all[place] = { ...message, req: msg.req, res: msg.res }; return all;`,
      wires: Object.values(NODES).map((type) => [id(type)]),
    },
    ...Object.values(NODES).map((type) => ({
      id: id(type),
      type,
      account: account.id,
      interval: '0',
      wires: type === 'logzio-fetch' ? [[id('keep')], [id('end')]] : [[id('end')]],
    })),
    { id: id('keep'), type: 'function', func: `flow.get('incidents').push(msg.payload);`, wires: [] },
    {
      id: id('end'),
      type: 'function',
      func: `const { req, res, ...sent } = msg; const incidents = flow.get('incidents');
        msg.payload = ${text('{ ...sent, incidents }')}; return msg;`,
      wires: [[id('out')]],
    },
    { id: id('catch'), type: 'catch', scope: null, wires: [[id('failed')]] },
    {
      id: id('failed'),
      type: 'function',
      func: `const { message, cause } = msg.error; msg.payload = ${text('{ failure: { message, cause } }')}; return msg;`,
      wires: [[id('out')]],
    },
    { id: id('out'), type: 'http response', statusCode: '200', headers: {}, wires: [] },
  ];
  return { key, label: key, nodes, configs: [account] };
}

/** A Node-RED with the environment of some calls, and the flows of the last connections. */
class Instance {
  #flows = new Map();
  #count = 0;

  constructor(nodeRed) {
    this.nodeRed = nodeRed;
  }

  static async start(program, userDir, environment) {
    const nodeRed = new NodeRed({ program, userDir, environment });
    await nodeRed.start();
    return new Instance(nodeRed);
  }

  async call(name, call, memory) {
    if (name === 'manifest.describe') return this.#told(name, await this.nodeRed.admin('GET', '/logzio-soar/integration'));
    const flow = await this.#flow(call.connection ?? {}, memory);
    if (name === 'diagnostics.check-connection') {
      const { credentials, type, ...account } = flow.configs[0];
      return this.#told(name, await this.nodeRed.admin('POST', `/logzio-soar/check/${account.id}`, account));
    }
    const place = Object.keys(NODES).indexOf(name);
    const answer = await this.nodeRed.send(`/${flow.key}`, { place, message: messageOf(name, call) });
    const { failure, ...result } = typeof answer === 'string' ? JSON.parse(answer) : answer;
    if (failure) return failureOf(failure.message, failure.cause);
    return { ok: written(answerSchema(name, 'ok'), resultOf(name, result)) };
  }

  #told(name, { ok, error, details }) {
    return error === undefined ? { ok: written(answerSchema(name, 'ok'), ok) } : failureOf(error, details);
  }

  /** The flow of a connection; deployed if it is not one of the last. */
  async #flow(connection, memory) {
    const of = JSON.stringify([connection, memory]);
    let flow = this.#flows.get(of);
    if (flow === undefined) {
      flow = flowOf(`f${this.#count++}`, connection, memory);
      // Node-RED gives it an id of its own.
      flow.deployed = (await this.nodeRed.admin('POST', '/flow', flow)).id;
      for (const [oldest, { deployed }] of this.#flows) {
        if (this.#flows.size < MOST_KEPT) break;
        this.#flows.delete(oldest);
        await this.nodeRed.admin('DELETE', `/flow/${deployed}`);
      }
      this.#flows.set(of, flow);
    }
    return flow;
  }

  stop() {
    return this.nodeRed.stop();
  }
}

class Adapter {
  #instances = new Map();
  #count = 0;
  #unusable;

  constructor(folder) {
    this.folder = folder;
    mkdirSync(join(folder, 'adapters'), { recursive: true });
    this.own = mkdtempSync(join(folder, 'adapters', 'adapter-'));
  }

  /** Lays out the packages as they are installed, with the component that is to be run in place of theirs. */
  async open(component) {
    const installed = join(this.folder, 'user/node_modules');
    const packages = join(this.own, 'packages');
    cpSync(join(installed, 'logzio-soar'), join(packages, 'logzio-soar'), { recursive: true });
    cpSync(join(installed, 'node-red-contrib-logzio-soar'), join(packages, 'node-red-contrib-logzio-soar'), { recursive: true });
    symlinkSync(join(installed, '@bytecodealliance'), join(packages, '@bytecodealliance'), 'junction');
    if (component === undefined) return;
    try {
      for (const [name, bytes] of Object.entries(await transpileComponent(readFileSync(component)))) {
        const file = join(packages, 'logzio-soar/dist/component', name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
      }
    } catch (error) {
      this.#unusable = `the file is no component, or is damaged: ${String(error.message ?? error).split('\n')[0]}`;
    }
  }

  async close() {
    await Promise.all([...this.#instances.values()].map((instance) => instance.stop()));
    rmSync(this.own, { recursive: true, force: true });
  }

  /** The answer to a line, as text. */
  async answer(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return toJson({ id: null, invalid: 'the line is no JSON' });
    }
    if (typeof message !== 'object' || message === null) return toJson({ id: null, invalid: 'the line is no object' });
    let answer;
    try {
      const key = repeatedKey(line);
      if (key !== undefined) throw new FormError(`the key ${JSON.stringify(key)} is there twice: keep one`);
      answer = await this.#call(message);
    } catch (error) {
      const text = JSON.stringify(error instanceof FormError ? error.message : `Node-RED could not be asked: ${error.message}`);
      answer = error instanceof FormError ? { invalid: text } : { trap: text };
    }
    // Of the answers, the values are texts already.
    const members = Object.entries({ id: JSON.stringify(message.id ?? null), ...answer });
    return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
  }

  async #call({ function: name, arguments: given, environment, limits }) {
    if (definition(`${name}.arguments`) === undefined) return { missing: JSON.stringify(`${name} is no function of the contract`) };
    // For what does not fit, which a message could not show.
    askFor(name, given ?? {}, undefined, []);
    if (this.#unusable !== undefined) return { trap: JSON.stringify(this.#unusable) };
    const instance = await this.#instance(environment ?? {});
    return instance.call(name, given ?? {}, limits?.memory_bytes);
  }

  /** The Node-RED of an environment; started if it is not one of the last. */
  async #instance(environment) {
    const of = JSON.stringify(Object.entries(environment).sort());
    let instance = this.#instances.get(of);
    if (instance === undefined) {
      for (const [oldest, one] of this.#instances) {
        if (this.#instances.size < MOST_KEPT) break;
        this.#instances.delete(oldest);
        await one.stop();
      }
      const userDir = join(this.own, `user-${this.#count++}`);
      mkdirSync(userDir);
      writeFileSync(join(userDir, 'package.json'), '{"name":"user","private":true}');
      cpSync(join(this.own, 'packages'), join(userDir, 'node_modules'), { recursive: true, verbatimSymlinks: true });
      instance = await Instance.start(this.folder, userDir, environment);
    }
    // The one that was asked last is the last to go.
    this.#instances.delete(of);
    this.#instances.set(of, instance);
    return instance;
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('node adapter.mjs FOLDER: name the folder where hosts/node-red/check installed Node-RED and the nodes');
  process.exit(2);
}
const adapter = new Adapter(resolve(folder));
await adapter.open(process.env.LOGZIO_SOAR_COMPONENT);
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const say = (text) => process.stdout.write(`${text}\n`);
const enforces = ['one-host', 'memory', 'deadline', 'environment', 'files'];
say(toJson({ adapter: `logzio-soar for Node-RED ${version}`, enforces }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') say(await adapter.answer(line));
}
await adapter.close();
