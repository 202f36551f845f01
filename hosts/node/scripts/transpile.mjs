// A component as JavaScript, with its types: files by name.
import { transpile } from '@bytecodealliance/jco';

/** Transpiles a component so that it is instantiated with imports of the caller's, call by call. */
export async function transpileComponent(wasm) {
  const { files } = await transpile(wasm, {
    name: 'component',
    instantiation: 'async',
    wasiShim: false,
    map: {},
    tlaCompat: false,
  });
  return files instanceof Array ? Object.fromEntries(files) : files;
}
