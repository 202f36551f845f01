// Compiles only if the types are those of the contract.
import {
  type ErrorCase,
  type FieldReport,
  type HuntReport,
  type Incident,
  LogzioSoar,
  type LogPage,
  type SentRequest,
  type Severity,
  toJson,
} from 'logzio-soar';

const slow: SentRequest[] = [];
export const watched = new LogzioSoar({
  onRequest: (request) => {
    const status: number | null = request.status;
    if (status !== 200 || request.ms > 1_000) slow.push(request);
  },
});
// @ts-expect-error -- no such field
new LogzioSoar({ onRequest: ({ headers }) => headers });

export async function use(account: LogzioSoar): Promise<void> {
  const { incidents, more } = await account.fetchIncidents({ since: new Date(), severities: ['high'] });
  const first: Incident | undefined = incidents[0];
  const severity: Severity | undefined = first?.severity;
  const description: string | null | undefined = first?.description;
  const groups: Record<string, string> = first?.group_by ?? {};
  const rule: string = first?.raw.name;
  const text: string | undefined = first?.raw_text;
  for await (const page of account.searchLogs('*', { order: 'oldest-first' })) {
    const checked: LogPage = page;
    const total: number | null = checked.total;
    const next: string | null = checked.next;
    for (const { code, text } of page.notices) if (code === 'goes-on') void text;
    void next;
    void total;
  }
  const report: HuntReport = await account.huntIndicators(['a.example', { value: 'x', kind: 'user' }]);
  const learned: FieldReport = await account.findFields({ since: '-7d' });
  await account.huntIndicators(['a.example'], { fields: learned.fields, logTypes: learned.sampled });
  // What is left goes back in as it is.
  const unfinished: HuntReport = await account.huntIndicators(report.unfinished);
  const line: string = toJson(report);
  // @ts-expect-error -- no such severity
  await account.fetchIncidents({ since: '-1d', severities: ['worst'] });
  // @ts-expect-error -- no such case
  const unknown: ErrorCase = 'banana';
  void [more, severity, description, groups, rule, text, unfinished, line, unknown];
}
