// A cap on the memory of a core module, since engines in JavaScript have none of their own. Knows the binary format of
// sections, and nothing of components.

const MEMORY_SECTION = 5;
const PAGE = 65_536;

/** The module with its memories limited to so many bytes. One that is smaller already stays as it is. */
export function withMemoryLimit(wasm: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const most = Math.max(1, Math.floor(bytes / PAGE));
  const reader = new Reader(wasm, 8);
  while (!reader.isAtEnd()) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (id === MEMORY_SECTION) {
      const count = reader.number();
      const body = [...encoded(count)];
      for (let memory = 0; memory < count; memory++) {
        const flags = reader.byte();
        const least = reader.number();
        const limit = flags & 1 ? Math.min(reader.number(), most) : most;
        body.push(flags | 1, ...encoded(least), ...encoded(Math.max(least, limit)));
      }
      const section = [MEMORY_SECTION, ...encoded(body.length), ...body];
      return Uint8Array.from([...slices(wasm, 0, start), ...section, ...slices(wasm, end, wasm.length)]);
    }
    reader.at = end;
  }
  return Uint8Array.from(wasm);
}

function slices(wasm: Uint8Array, from: number, to: number): Uint8Array {
  return wasm.subarray(from, to);
}

class Reader {
  constructor(
    private readonly wasm: Uint8Array,
    public at: number,
  ) {}

  isAtEnd(): boolean {
    return this.at >= this.wasm.length;
  }

  byte(): number {
    return this.wasm[this.at++] ?? 0;
  }

  /** An unsigned LEB128 number of 32 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }
}

function encoded(number: number): number[] {
  const bytes = [];
  let left = number;
  do {
    const low = left % 0x80;
    left = Math.floor(left / 0x80);
    bytes.push(left > 0 ? low | 0x80 : low);
  } while (left > 0);
  return bytes;
}
