// The JSON form of the contract: nothing is lost on the way there and back, and what does not fit is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJson } from 'logzio-soar';
import { answerSchema, definition, FormError, lifted, lowered, repeatedKey } from '../node_modules/logzio-soar/dist/form.js';

const incidents = answerSchema('incidents.fetch-incidents', 'ok');
/** Numbers that JavaScript cannot hold, keys out of order and twice, half a pair of surrogates. */
const EXACT = '{"b": 1.0, "a": 1e400, "n": 9223372036854775809, "z": -0.0, "b": 1, "é": "\\ud800\\u00e9\\n"}';

/** A page as the component returns it. */
const page = (raw, logs = []) => ({
  incidents: [
    {
      id: 'e1',
      ruleId: 7,
      name: 'a "rule"',
      description: undefined,
      summary: undefined,
      severity: 'high',
      occurred: '2026-11-22T08:00:00.123Z',
      window: { start: '2026-11-22T07:55:00.000Z', end: '2026-11-22T08:00:00.000Z' },
      groupBy: [['host', 'web-1'], ['__proto__', 'root']],
      tags: ['falco'],
      mitreTags: [],
      muted: false,
      raw,
      logs,
      defects: [],
    },
  ],
  next: 'c',
  more: false,
  notices: [{ code: 'goes-on', text: 't' }],
});
const incidentOf = (raw, logs) => lifted(incidents, page(raw, logs)).incidents[0];

test('an incident has the form of the contract', () => {
  const incident = incidentOf('{"alertEventId":  "c459"}', ['{"a": 1.10}', '[\r\n 1,\n2 ]']);
  assert.equal(incident.raw.alertEventId, 'c459');
  assert.deepEqual(incident.logs, [{ a: 1.1 }, [1, 2]]);
  assert.deepEqual(incident.logs_text, ['{"a": 1.10}', '[\r\n 1,\n2 ]']);
  assert.equal(incident.description, null);
  const expected = {
    id: 'e1',
    rule_id: 7,
    name: 'a "rule"',
    description: null,
    summary: null,
    severity: 'high',
    occurred: '2026-11-22T08:00:00.123Z',
    window: { start: '2026-11-22T07:55:00.000Z', end: '2026-11-22T08:00:00.000Z' },
    group_by: JSON.parse('{"host": "web-1", "__proto__": "root"}'),
    tags: ['falco'],
    mitre_tags: [],
    muted: false,
    raw: { alertEventId: 'c459' },
    logs: [{ a: 1.1 }, [1, 2]],
    defects: [],
  };
  assert.deepEqual(JSON.parse(JSON.stringify(incident)), expected);
  assert.deepEqual(JSON.parse(toJson(incident)), expected);
});

test('the text of a JSON value is kept', () => {
  for (const raw of [EXACT, '1.0', '1e400', '-9223372036854775809', '"text"', 'null', '[]', '9'.repeat(5000), '{"": {"a": []}}', '"\\ud800"', '[\n1\r\n]']) {
    const incident = incidentOf(raw, [raw, '{}']);
    assert.deepEqual([incident.raw_text, incident.logs_text], [raw, [raw, '{}']]);
    const line = toJson(incident);
    const one = raw.replace(/[\r\n]/g, ' ');
    assert(line.includes(`"raw":${one},"logs":[${one},{}]`), line);
    assert(!line.includes('\n'));
  }
});

test('what is no JSON is a string', () => {
  for (const raw of ['', '{broken', 'NaN', '[Infinity]', '{} {}', "'x'", '01']) {
    const incident = incidentOf(raw);
    assert.equal(incident.raw, raw);
    assert.equal(JSON.parse(toJson(incident)).raw, raw);
  }
});

test('arguments are those of the component, and what may be left out is filled in', () => {
  const request = lowered(definition('incidents.fetch-request'), { start: { case: 'at', value: '-1h' } }, 'request');
  assert.deepEqual(request, {
    start: { tag: 'at', val: '-1h' },
    filter: { ruleName: undefined, severities: [], tags: [], includeMuted: false },
    limit: undefined,
    lookBackMinutes: undefined,
    attachLogs: undefined,
  });
  const hunt = { indicators: [{ value: 'x', kind: null }], fields: { 'file-name': [], ip: ['a.b'] }, since: null };
  const { fields, indicators } = lowered(definition('hunting.hunt-request'), hunt, 'request');
  assert.deepEqual(fields, [['file-name', []], ['ip', ['a.b']]]);
  assert.deepEqual(indicators, [{ value: 'x', kind: undefined }]);
  assert.deepEqual(Object.keys(lowered(definition('logs.get-logs-by-event-id.arguments'), { event_id: 'e' }, 'arguments')), ['connection', 'eventId', 'limit', 'page']);
});

test('what is of another form is refused with its place, and without its value', () => {
  for (const [name, value, text] of [
    ['incidents.fetch-request', {}, 'v.start: it is missing: add it'],
    ['incidents.fetch-request', { start: { case: 'at' } }, 'v.start.value: it is missing: add it'],
    ['incidents.fetch-request', { start: { case: 's3cret', value: 's3cret' } }, 'v.start: in case, one of "at", "after" is expected'],
    ['incidents.fetch-request', { start: { case: 'at', value: 5 } }, 'v.start.value: a string is expected'],
    ['hunting.indicator', { value: 'x', colour: 's3cret' }, 'v: unknown field "colour": the fields are value, kind'],
    ['hunting.indicator', { value: 'x', kind: 's3cret' }, 'v.kind: one of "ip", "cidr"'],
    ['hunting.indicator', [], 'v: an object is expected'],
    ['types.connection', { time_budget_ms: 5.5 }, 'v.time_budget_ms: a number from 0 to 4294967295 is expected'],
    ['types.connection', { time_budget_ms: '5' }, 'v.time_budget_ms: a number from 0 to 4294967295 is expected'],
    ['types.connection', { time_budget_ms: 2 ** 32 }, 'v.time_budget_ms: a number from 0 to 4294967295 is expected'],
    ['hunting.hunt-request', { indicators: {} }, 'v.indicators: an array is expected'],
    ['hunting.hunt-request', { indicators: [5] }, 'v.indicators[0]: an object is expected'],
    ['hunting.hunt-request', { indicators: [], fields: { colour: [] } }, 'v.fields: one of "ip"'],
    ['hunting.hunt-request', { indicators: [], fields: [] }, 'v.fields: an object is expected'],
    ['incidents.event-filter', { include_muted: 1 }, 'v.include_muted: true or false is expected'],
  ]) {
    assert.throws(() => lowered(definition(name), value, 'v'), (error) => {
      assert(error instanceof FormError && error.message.startsWith(text), error.message);
      return !error.message.includes('s3cret');
    });
  }
});

test('a key that is there twice is found', () => {
  for (const [text, key] of [
    ['{"a": 1, "b": {"a": [{"a": "{\\"b\\": 1}"}]}, "c": "a"}', undefined],
    ['{"a": 1, "b": [{"x": 1, "\\u0078" : 2}]}', 'x'],
    [`{"a": "${'\\"'.repeat(100_000)}", "a": 1}`, 'a'],
  ]) {
    assert.equal(repeatedKey(text), key);
  }
});
