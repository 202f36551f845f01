// Holds what the server of check.py received to what has its definition in packages of npm: check.mjs RECEIVED DOCS
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";

const require = createRequire(import.meta.url);
// Its modules name each other without an extension, which only bundlers take.
const { AdaptiveCard, GlobalSettings, SerializationContext, Versions } = require("adaptivecards/dist/adaptivecards.js");

const [received, docs] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(received, `${name}.json`), "utf8"));
const bodies = (name) => read(name).requests.map(({ body }) => JSON.parse(body));

// CloudEvents: the JSON schema of the specification, as its SDK has it compiled. The SDK's own reader would complete events.
const isEvent = require("cloudevents/dist/schema/v1.js");
const single = bodies("cloudevent");
const batched = bodies("cloudevents");
assert.deepEqual(batched.flat(), single);
for (const event of single) {
  assert(isEvent(event), JSON.stringify(isEvent.errors));
  for (const name of Object.keys(event)) assert.match(name, /^[a-z0-9]{1,20}$/);
}
for (const spoilt of [{ id: "" }, { source: "a b" }, { type: 5 }, { time: "today" }, { specversion: undefined }]) {
  assert(!isEvent({ ...single[0], ...spoilt }), `not noticed: ${JSON.stringify(spoilt)}`);
}

// Teams: the parser of Adaptive Cards reports what it does not know.
GlobalSettings.enableFallback = false;
const faults = (card) => {
  const context = new SerializationContext(Versions.v1_4);
  new AdaptiveCard().parse(card, context);
  return Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
};
const messages = bodies("teams");
for (const { type, attachments: [{ contentType, content }] } of messages) {
  assert.equal(type, "message");
  assert.equal(contentType, "application/vnd.microsoft.card.adaptive");
  assert.equal(content.version, "1.4");
  assert.deepEqual(faults(content), []);
}
const card = (change) => faults({ ...messages[0].attachments[0].content, ...change });
assert.notDeepEqual(card({ body: [{ type: "TextBlok", text: "x" }] }), []);
assert.notDeepEqual(card({ body: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: "x", size: "Huge" }] }] }), []);

// Slack and PagerDuty: their types. Literals, so that nothing more than the types have is taken.
const folder = "typed";
mkdirSync(folder, { recursive: true });
const typed = (name, head, type, sent) => {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `${head}\n${sent.map((body, at) => `export const m${at}: ${type} = ${JSON.stringify(body)};`).join("\n")}\n`);
  const program = ts.createProgram([file], {
    strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [],
  });
  return ts.getPreEmitDiagnostics(program).map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
};
const slackType = "{ text: string; blocks: KnownBlock[] }";
const slackHead = 'import type { KnownBlock } from "@slack/types";';
const slack = bodies("slack");
assert.deepEqual(typed("slack", slackHead, slackType, slack), []);
assert.notDeepEqual(typed("slack-spoilt", slackHead, slackType, [{ text: "", blocks: [{ type: "header", text: { type: "mrkdwn", text: "x" } }] }]), []);
const texts = (value) => (typeof value !== "object" || value === null ? [] : [
  ...(value.type === "plain_text" ? [value.text] : []), ...Object.values(value).flatMap(texts)]);
for (const { text, blocks } of slack) {
  assert.doesNotMatch(text, /[<>]/);
  // https://docs.slack.dev/reference/block-kit/blocks: the limits that the types do not have.
  assert(blocks.length <= 50 && blocks[0].text.text.length <= 150 && texts(blocks).every((plain) => plain.length > 0 && plain.length <= 3000));
  assert(blocks.every((block) => (block.fields ?? []).length <= 10));
}
const pagerHead = 'import type { EventPayloadV2 } from "@pagerduty/pdjs/build/src/events.js";';
const pager = bodies("pagerduty");
assert.deepEqual(typed("pagerduty", pagerHead, "EventPayloadV2", pager), []);
assert.notDeepEqual(typed("pagerduty-spoilt", pagerHead, "EventPayloadV2", [{ ...pager[0], event_action: "open" }]), []);
for (const { dedup_key, payload } of pager) {
  // https://developer.pagerduty.com/docs/send-alert-event
  assert(dedup_key.length <= 255 && payload.summary.length <= 1024);
}
assert.equal(new Set(pager.map(({ dedup_key }) => dedup_key)).size, pager.length);

// The verifier of the documentation.
const [, snippet] = readFileSync(docs, "utf8").match(/```js\n(.*?)```/s);
writeFileSync(join(folder, "verifier.mjs"), snippet);
const { isGenuine } = await import(`./${folder}/verifier.mjs`);
const { key, requests: [{ headers, body }] } = read("incident");
const bytes = Buffer.from(body);
assert.equal(isGenuine(key, headers, bytes), true);
assert.equal(isGenuine(key, headers, Buffer.concat([bytes, Buffer.from(" ")])), false);
assert.equal(isGenuine(key, { ...headers, "webhook-id": "inc_0" }, bytes), false);
assert.equal(isGenuine(key, { ...headers, "webhook-timestamp": "1700000000" }, bytes), false);
assert.equal(isGenuine(key, { ...headers, "webhook-signature": `v1,AAAA ${headers["webhook-signature"]}` }, bytes), true);

console.log(`${single.length} incidents: CloudEvents, Slack, Teams and PagerDuty are as published, and the verifier tells signatures apart`);
