// Turns the component into JavaScript, and the schema of the contract into types, and compiles the sources: `npm run build`.
// Both are those that the repository's build leaves, or the files in LOGZIO_SOAR_COMPONENT and LOGZIO_SOAR_SCHEMA.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions, types } from './contract.mjs';
import { transpileComponent } from './transpile.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const component = process.env.LOGZIO_SOAR_COMPONENT ?? join(root, '../../target/logzio-soar.wasm');
const schema = process.env.LOGZIO_SOAR_SCHEMA ?? join(root, '../../target/logzio-soar.schema.json');

const contract = JSON.parse(await readFile(schema, 'utf8'));
const files = {
  ...(await transpileComponent(await readFile(component))),
  'contract.d.ts': types(contract),
  'contract.json': definitions(contract),
};
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
