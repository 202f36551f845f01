// The JSON form of the contract: from what the component takes and returns, as its bindings for JavaScript have it, and back.
// Driven by the JSON Schema of the contract, which the build leaves beside the component. Knows no type of the contract.
import { readFileSync } from 'node:fs';

/** As much of a JSON Schema as that of the contract has. */
export interface Schema {
  $ref?: string;
  const?: unknown;
  type?: 'array' | 'boolean' | 'integer' | 'null' | 'object' | 'string';
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  propertyNames?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

/** The definitions of the contract's schema, by names such as `incidents.incident`. */
const DEFINITIONS: Record<string, Schema> = JSON.parse(readFileSync(new URL('./component/contract.json', import.meta.url), 'utf8'));

/** What follows the name of a member that holds JSON values in the name of the one that holds their texts. */
const TEXT = '_text';

/** A value that is not of the form. The text names the place, and no value, which may be a token. */
export class FormError extends Error {}

/** A definition of the contract's schema; none if it has no such. */
export function definition(name: string): Schema | undefined {
  return Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name] : undefined;
}

/** The schema of what a function returns, of its `result` the one or the other side. */
export function answerSchema(name: string, side: 'ok' | 'err'): Schema {
  const sides = definition(`${name}.answer`)?.oneOf ?? [];
  return sides.map((one) => one.properties?.[side]).find((one) => one !== undefined) ?? {};
}

/** What the component returned, in the JSON form. */
export function lifted(schema: Schema, value: unknown): unknown {
  const { anyOf, oneOf, type, items, properties, additionalProperties } = resolved(schema);
  if (anyOf !== undefined) return value === undefined ? null : lifted(anyOf[0] ?? {}, value);
  if (oneOf !== undefined) {
    if (typeof value === 'string') return value;
    const { tag, val } = value as { tag: string; val?: unknown };
    const held = oneOf.find((one) => one.properties?.['case']?.const === tag)?.properties?.['value'];
    return held === undefined ? { case: tag } : { case: tag, value: lifted(held, val) };
  }
  if (type === 'array') return (value as unknown[]).map((one) => lifted(items ?? {}, one));
  if (properties !== undefined) return liftedRecord(properties, value as Record<string, unknown>);
  if (additionalProperties) {
    // The last of two with one key, which the contract does not allow, stays.
    return Object.fromEntries((value as [string, unknown][]).map(([key, one]) => [key, lifted(additionalProperties, one)]));
  }
  return type === undefined ? parsed(value as string) : value;
}

function liftedRecord(properties: Record<string, Schema>, value: Record<string, unknown>): object {
  const record: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const given = value[camel(name)];
    record[name] = lifted(schema, given);
    // Not enumerable, so that a record is the form and nothing else.
    if (holdsJson(schema)) Object.defineProperty(record, `${name}${TEXT}`, { value: given });
  }
  return record;
}

/** Whether a member is a JSON value, or a list of them. */
function holdsJson(schema: Schema): boolean {
  const { items, ...found } = resolved(schema);
  return Object.keys(found).length === 0 || (found.type === 'array' && items !== undefined && holdsJson(items));
}

/** A JSON text as a value; the text itself if it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A value of the contract as a JSON text of one line. Where this package returned the value, the JSON values in it are written
 * as Logz.io sent them, with the text of each number; a copy has lost that.
 */
export function toJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).map(([name, one]) => {
    const text = Object.getOwnPropertyDescriptor(value, `${name}${TEXT}`);
    const written = text === undefined || text.enumerable ? toJson(one) : embedded(text.value);
    return `${JSON.stringify(name)}:${written}`;
  });
  return `{${members.join(',')}}`;
}

/** A JSON text inside of another; a string with the text if it is no JSON. */
export function embedded(text: string | string[]): string {
  if (Array.isArray(text)) return `[${text.map(embedded).join(',')}]`;
  try {
    JSON.parse(text);
  } catch {
    return JSON.stringify(text);
  }
  // A string holds no bare line break, so these stand between values.
  return text.trim().replace(/[\r\n]/g, ' ');
}

/** A value in the JSON form as the component takes it. Throws a `FormError` with the place of what does not fit. */
export function lowered(schema: Schema, value: unknown, place: string): unknown {
  const { anyOf, oneOf, type, items, properties, additionalProperties, propertyNames, ...found } = resolved(schema);
  const refuse = (what: string): never => {
    throw new FormError(`${place}: ${what} is expected`);
  };
  if (anyOf !== undefined) return value === null || value === undefined ? undefined : lowered(anyOf[0] ?? {}, value, place);
  if (oneOf !== undefined) {
    const names = oneOf.map((one) => one.const ?? one.properties?.['case']?.const);
    const known = `one of ${names.map((name) => JSON.stringify(name)).join(', ')}`;
    if (oneOf[0]?.const !== undefined) return names.includes(value) ? value : refuse(known);
    const members = membersOf(value, ['case', 'value'], place);
    const one = oneOf[names.indexOf(members['case'])] ?? refuse(`in case, ${known}`);
    const held = one.properties?.['value'];
    if (held !== undefined) return { tag: members['case'], val: member(held, members, 'value', place) };
    return members['value'] === undefined ? { tag: members['case'] } : refuse('no value in this case');
  }
  switch (type) {
    case 'array':
      return Array.isArray(value) ? value.map((one, at) => lowered(items ?? {}, one, `${place}[${at}]`)) : refuse('an array');
    case 'object': {
      if (properties !== undefined) {
        const members = membersOf(value, Object.keys(properties), place);
        return Object.fromEntries(Object.entries(properties).map(([name, one]) => [camel(name), member(one, members, name, place)]));
      }
      const pairs = Object.entries(membersOf(value, undefined, place));
      return pairs.map(([key, one]) => [
        propertyNames ? lowered(propertyNames, key, place) : key,
        lowered(additionalProperties || {}, one, `${place}.${key.slice(0, 60)}`),
      ]);
    }
    case 'integer': {
      const { minimum = 0, maximum = 0 } = found;
      const isIn = Number.isInteger(value) && minimum <= (value as number) && (value as number) <= maximum;
      return isIn ? value : refuse(`a number from ${minimum} to ${maximum}`);
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('true or false');
    default:
      return typeof value === 'string' ? value : refuse('a string');
  }
}

/** A key that an object of a JSON text has twice, which `JSON.parse` passes over; none if there is no such. */
export function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  // A key with its colon, another string, or the beginning or the end of an object.
  for (const [token, key] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (key !== undefined) {
      const name: string = JSON.parse(key);
      if (objects.at(-1)?.has(name)) return name;
      objects.at(-1)?.add(name);
    }
  }
  return undefined;
}

/** The members of an object with none but these names. */
function membersOf(value: unknown, names: string[] | undefined, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FormError(`${place}: an object is expected`);
  const unknown = names && Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new FormError(`${place}: unknown field ${JSON.stringify(unknown.slice(0, 60))}: the fields are ${names?.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

/** A member as the component takes it, or what stands for one that is left out. */
function member(schema: Schema, members: Record<string, unknown>, name: string, place: string): unknown {
  const at = `${place}.${name}`;
  if (members[name] !== undefined) return lowered(schema, members[name], at);
  const { anyOf, type, properties } = resolved(schema);
  if (anyOf !== undefined) return undefined;
  if (type === 'array' || (type === 'object' && properties === undefined)) return [];
  if (type === 'boolean') return false;
  if (properties !== undefined) {
    try {
      return lowered(schema, {}, at);
    } catch {
      // A member of it has to be there.
    }
  }
  throw new FormError(`${at}: it is missing: add it`);
}

/** A schema without references, and without what is for people. */
export function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : resolved(definition(schema.$ref.replace('#/$defs/', '')) ?? {});
}

/** A name of the form as the bindings have it: `ruleId` for `rule_id`. */
function camel(name: string): string {
  return name.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
}
