// A call of a function of the contract by its name, with its arguments in the JSON form.
import { definition, FormError, lowered } from './form.js';
import type { Ask } from './worker.js';

/**
 * What a thread is asked for a call of a function, such as `logs.search-logs`. Throws a `FormError` with the place of an argument
 * that does not fit.
 */
export function askFor(
  name: string,
  given: object,
  origin: string | undefined,
  environment: [string, string][],
): Omit<Ask, 'id'> {
  const [one = '', callee = ''] = name.split('.');
  const parameters = definition(`${name}.arguments`);
  if (parameters?.properties === undefined) throw new FormError(`${name} is no function of the contract`);
  const members = lowered(parameters, given, 'arguments') as Record<string, unknown>;
  // In the order of the function's parameters.
  const values = Object.values(members);
  return { interface: one, function: callee.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), arguments: values, origin, environment };
}
