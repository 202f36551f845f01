// The cap on memory, on modules made by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withMemoryLimit } from '../node_modules/logzio-soar/dist/memory.js';

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const EXPORT = [7, 5, 1, 1, 0x6d, 2, 0];
const memoryOf = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.m;

test('a memory without a limit gets one', () => {
  const wasm = Uint8Array.from([...HEAD, 5, 3, 1, 0, 1, ...EXPORT]);
  assert.doesNotThrow(() => memoryOf(wasm).grow(100));
  const memory = memoryOf(withMemoryLimit(wasm, 10 * 65_536));
  memory.grow(9);
  assert.throws(() => memory.grow(1), RangeError);
});

test('a smaller limit stays, a larger one is lowered', () => {
  const wasm = Uint8Array.from([...HEAD, 5, 4, 1, 1, 1, 5, ...EXPORT]);
  for (const [pages, most] of [[100, 5], [3, 3]]) {
    const memory = memoryOf(withMemoryLimit(wasm, pages * 65_536));
    memory.grow(most - 1);
    assert.throws(() => memory.grow(1), RangeError);
  }
});

test('a module without a memory stays as it is', () => {
  assert.deepEqual(withMemoryLimit(Uint8Array.from(HEAD), 65_536), Uint8Array.from(HEAD));
});
