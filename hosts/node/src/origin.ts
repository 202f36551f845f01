// The one origin that a call may reach. Knows nothing of how requests are sent.
import type { Endpoint } from './component/contract.js';

/** Logz.io's names of its regions, and the codes in the API's host names. */
const REGION_NAMES: Record<string, string> = {
  'us-east-1': 'us',
  'eu-central-1': 'eu',
  'eu-west-2': 'uk',
  'ca-central-1': 'ca',
  'ap-southeast-2': 'au',
  'ap-northeast-1': 'jp',
};

/** The origin of an endpoint, such as `https://api-eu.logz.io`; none for one that cannot be used. */
export function originOf(endpoint: Endpoint | null | undefined): string | undefined {
  if (endpoint === undefined || endpoint === null) return 'https://api.logz.io';
  if (endpoint.case === 'url') return originOfUrl(endpoint.value);
  const name = endpoint.value.trim().toLowerCase();
  const code = REGION_NAMES[name] ?? name;
  if (code === '' || code === 'us') return 'https://api.logz.io';
  // A code of another form must not choose another host.
  return /^[a-z]{2}$/.test(code) ? `https://api-${code}.logz.io` : undefined;
}

/** The origin of a URL, if a request may go there at all: `https`, or `http` on a loopback address. */
export function originOfUrl(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return undefined;
  }
  if (url.username !== '' || url.password !== '') return undefined;
  const isLoopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url.origin;
  return undefined;
}
