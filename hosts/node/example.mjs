// Fetches what is new since the last run, and prints it. Run it every minute; the place is kept in soc.cursor.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LogzioSoar, LogzioSoarError } from 'logzio-soar';

const PLACE = 'soc.cursor';

try {
  // From LOGZIO_REGION or LOGZIO_URL, and LOGZIO_SECURITY_TOKEN.
  const account = new LogzioSoar();
  let cursor = existsSync(PLACE) ? readFileSync(PLACE, 'utf8') : undefined;
  let page;
  do {
    page = await account.fetchIncidents({ since: '1 hour ago', cursor });
    for (const one of page.incidents) console.log(one.occurred, one.severity, one.name, one.id);
    cursor = page.next;
    writeFileSync(PLACE, cursor);
  } while (page.more);
} catch (error) {
  if (!(error instanceof LogzioSoarError)) throw error;
  console.error(`logzio-soar: ${error.message}`);
  process.exitCode = 1;
}
