// Turns the component into JavaScript and types, and compiles the sources: `npm run build`.
// The component is that of the repository, or the file in LOGZIO_SOAR_COMPONENT.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileComponent } from './transpile.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const component = process.env.LOGZIO_SOAR_COMPONENT ?? join(root, '../../target/logzio-soar.wasm');

const files = await transpileComponent(await readFile(component));
await rm(join(root, 'dist'), { recursive: true, force: true });
// The types stand beside the sources for the compiler, and beside what it makes for users.
for (const place of ['src', 'dist']) {
  await rm(join(root, place, 'component'), { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) {
    if (place === 'src' && !name.endsWith('.d.ts')) continue;
    const file = join(root, place, 'component', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
