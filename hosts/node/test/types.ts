// Compiles only if the types are those of the contract.
import { type ErrorCase, type FieldReport, type HuntReport, type Incident, LogzioSoar, type LogPage, type Severity } from 'logzio-soar';

export async function use(account: LogzioSoar): Promise<void> {
  const { incidents, more } = await account.fetchIncidents({ since: new Date(), severities: ['high'] });
  const first: Incident | undefined = incidents[0];
  const severity: Severity | undefined = first?.severity;
  const description: string | undefined = first?.description;
  const groups: [string, string][] = first?.groupBy ?? [];
  for await (const page of account.searchLogs('*', { order: 'oldest-first' })) {
    const checked: LogPage = page;
    const total: number | undefined = checked.total;
    void total;
  }
  const report: HuntReport = await account.huntIndicators(['a.example', { value: 'x', kind: 'user' }]);
  const learned: FieldReport = await account.findFields({ since: '-7d' });
  await account.huntIndicators(['a.example'], { fields: Object.fromEntries(learned.fields), logTypes: learned.sampled });
  const unfinished: { value: string }[] = report.unfinished;
  // @ts-expect-error -- no such severity
  await account.fetchIncidents({ since: '-1d', severities: ['worst'] });
  // @ts-expect-error -- no such case
  const unknown: ErrorCase = 'banana';
  void [more, severity, description, groups, unfinished, unknown];
}
