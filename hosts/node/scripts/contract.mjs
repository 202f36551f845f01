// From the JSON Schema of the contract: its types in TypeScript, and the definitions that the package needs when it runs.

const REFERENCE = '#/$defs/';

/** The definitions without what is for people: `src/form.ts` reads them. */
export function definitions(schema) {
  const bare = (value) => {
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        // A member of a record may have the name.
        .filter(([name, one]) => name !== 'description' || typeof one !== 'string')
        .map(([name, one]) => [name, bare(one)]),
    );
  };
  return JSON.stringify(bare(schema.$defs));
}

/** The types of the contract, as they are returned. */
export function types(schema) {
  const known = schema.$defs;
  const isJson = ({ $ref }) => $ref === `${REFERENCE}types.json`;

  function type(one) {
    if (one.$ref !== undefined) return pascal(one.$ref.slice(REFERENCE.length));
    if (one.anyOf !== undefined) return `${type(one.anyOf[0])} | null`;
    if (one.oneOf !== undefined) return one.oneOf.map((each) => `\n  ${comment(each, '  ')}| ${variant(each)}`).join('');
    switch (one.type) {
      case 'array': {
        const element = type(one.items);
        return element.includes('|') ? `(${element})[]` : `${element}[]`;
      }
      case 'object': {
        if (one.properties !== undefined) return `{${members(one)}\n}`;
        const { propertyNames: keys, additionalProperties: values } = one;
        return keys === undefined ? `Record<string, ${type(values)}>` : `Partial<Record<${type(keys)}, ${type(values)}>>`;
      }
      case 'integer':
        return 'number';
      case 'boolean':
      case 'string':
        return one.type;
      default:
        // A member of any value.
        return 'any';
    }
  }

  /** A case of a variant, or of an enum. */
  function variant(one) {
    if (one.const !== undefined) return `'${one.const}'`;
    const { case: { const: name }, value } = one.properties;
    return value === undefined ? `{ case: '${name}' }` : `{ case: '${name}'; value: ${type(value)} }`;
  }

  function members({ properties }) {
    return Object.entries(properties)
      .flatMap(([name, one]) => {
        const declared = `\n  ${comment(one, '  ')}${name}: ${type(one)};`;
        const of = isJson(one) ? 'string' : one.items && isJson(one.items) ? 'string[]' : undefined;
        if (of === undefined) return [declared];
        return [declared, `\n  /** The text of \`${name}\`, as Logz.io sent it. Not enumerable. */\n  readonly ${name}_text: ${of};`];
      })
      .join('');
  }

  const declarations = Object.entries(known)
    .filter(([name]) => !name.endsWith('.arguments') && !name.endsWith('.answer'))
    .map(([name, one]) => {
      const isRecord = one.properties !== undefined;
      const declared = isRecord ? `interface ${pascal(name)} ${type(one)}` : `type ${pascal(name)} = ${type(one)};`;
      return `${comment(one, '')}export ${declared}\n`;
    });
  return `// The types of the contract in the JSON form. Made by the build.\n\n${declarations.join('\n')}`;
}

/** `IncidentPage` for `incidents.incident-page`. */
function pascal(name) {
  return name
    .split('.')
    .at(-1)
    .split('-')
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');
}

function comment({ description }, indent) {
  if (description === undefined) return '';
  return `/** ${description.replaceAll('*/', '*\\/').split('\n').join(`\n${indent} *\n${indent} * `)} */\n${indent}`;
}
