"""Maps XSOAR's parameters, arguments and last run to the package logzio_soar, which does the work, and results back."""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import json
import re
import time

from logzio_soar import ContractError, Failed, Indicator, IndicatorKind, LogzioSoar, LogzioSoarError, Passed
from logzio_soar.remote import RemoteLogzioSoar

OWN_KEY = "logzio_soar"  # in the last run, beside the last_fetch that the other Logz.io pack goes on from
SEVERITIES = {"unclassified": 0, "info": 0.5, "low": 1, "medium": 2, "high": 3, "severe": 4}
FIRST_FETCH = "1 hour"
PAGE, MOST_INCIDENTS = 50, 200  # what a call returns at most, and what a fetch does
FETCH_SECONDS = 240.0  # XSOAR kills a fetch after five minutes, and what was read is lost with it
ROWS, LONGEST_CELL, LONGEST_LIST = 50, 300, 8  # what a table in the war room shows; all of it is in the context, and in a file
RESULT = "Logzio.Result(val._id && val._id == obj._id)"
SIGHTING = {"Indicator": "value", "Kind": "kind", "Hits": "hits", "FirstSeen": "first_seen_text", "LastSeen": "last_seen_text"}
LISTS = {"Users": "users", "Hosts": "hosts", "InternalIPs": "internal_ips", "ExternalIPs": "external_ips"}
# What the component reads itself. Anything else, such as "last monday", is tried with XSOAR's own reader of dates.
TIME = re.compile(r"\d[\d.]*$|\d{4}-\d\d-\d\d|now|today$|yesterday$|[-+]|(\d+|an?)\s*[a-z]+(\s+ago)?$", re.IGNORECASE)


def connect(params: dict, timeout: str | None) -> LogzioSoar:
    """The account of the instance: in this process, or through a runner."""
    budget = arg_to_number(timeout, "timeout") or arg_to_number(params.get("time_budget"), "time_budget") or 60
    url = text(params, "url")
    connection: dict = {"region": None if url else text(params, "region"), "url": url, "time_budget": float(budget)}
    connection["security_token"] = token(params, "security_credentials", "security_api_token")
    connection["operations_token"] = token(params, "operations_credentials", "operational_api_token")
    insecure, proxy = (argToBoolean(params.get(name) or False) for name in ("insecure", "proxy"))
    if runner := text(params, "runner_url"):
        bearer = token(params, "runner_credentials", "runner_token")
        return RemoteLogzioSoar(runner, runner_token=bearer, verify=not insecure, **connection)
    if insecure or proxy:
        ticked = "'Trust any certificate'" if insecure else "'Use system proxy settings'"
        why = f"{ticked} is ticked, which cannot be honoured inside XSOAR's container"
        raise ValueError(f"{why}: set 'Runner URL' to a logzio-soar serve that does what it says, or clear the tick")
    # An empty environment: what the instance does not say is looked for nowhere else.
    return LogzioSoar(environment={}, **connection)


def text(values: dict, name: str) -> str | None:
    return str(values.get(name) or "").strip() or None


def number(values: dict, name: str, default: int | None = None) -> int | None:
    found = arg_to_number(values.get(name), name)
    return default if found is None else found


def token(params: dict, credentials: str, plain: str) -> str | None:
    """A token from XSOAR's credentials, or from the plain parameter of the other pack."""
    return text(params.get(credentials) or {}, "password") or text(params, plain)


def when(values: dict, name: str) -> str | None:
    """A time in the component's words; or as it was written, so that the component says what is wrong with it."""
    written = text(values, name)
    if written is None or TIME.match(written):
        return written
    try:
        parsed = arg_to_datetime(written, settings={"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True})
    except ValueError:
        return written
    return parsed.isoformat(timespec="milliseconds") if parsed else written


def fetch_incidents(account: LogzioSoar, params: dict, last_run: dict, reset: dict) -> tuple[dict, list[dict]]:
    """The last run to store, and the incidents that belong to it: those of the pages that could be read."""
    own, last_fetch = dict(last_run.get(OWN_KEY) or {}), last_run.get("last_fetch")
    since = when(params, "fetch_time") or FIRST_FETCH
    cursor = own.get("cursor") or (json.dumps({"last_fetch": last_fetch}) if last_fetch else None)
    if reset and reset.get("id") != own.get("reset"):
        own["reset"], cursor, last_fetch, since = reset.get("id"), None, None, reset.get("start") or since
    wanted = min(number(params, "fetch_count", PAGE) or 0, MOST_INCIDENTS)
    began, slowest, more, found = time.monotonic(), 0.0, True, []  # type: ignore[var-annotated]
    while more and (not found or len(found) < wanted) and time.monotonic() - began + slowest < FETCH_SECONDS:
        called = time.monotonic()
        try:
            limit = min(wanted - len(found), PAGE)
            page = account.fetch_incidents(since=since, cursor=cursor, limit=limit, **filters(params))
        except LogzioSoarError as error:
            if not found:
                raise
            demisto.error(f"Logz.io: what follows these {len(found)} incidents comes with the next fetch: {error}")
            break
        for notice in page.notices:
            demisto.info(f"Logz.io: {notice.text}")
        slowest = max(slowest, time.monotonic() - called)
        found, cursor, more = found + page.incidents, page.next, page.more
    moved = {key: value for key, value in last_run.items() if key != "last_fetch"} | {OWN_KEY: {**own, "cursor": cursor}}
    # Where the other pack would stand, for going back to it: 0.1 s behind the newest event.
    marks = [one.occurred.timestamp() + 0.1 for one in found]
    mark = max([float(last_fetch or 0), *marks])
    return moved | ({"last_fetch": mark} if mark else {}), [to_incident(one) for one in found]


def filters(params: dict) -> dict:
    return {
        "rule_name": text(params, "search"),
        "severities": argToList(params.get("severities")),
        "tags": argToList(params.get("tags")),
        "include_muted": argToBoolean(params.get("include_muted") or False),
        "look_back_minutes": number(params, "look_back"),
        "attach_logs": number(params, "attach_logs") or None,
    }


def to_incident(incident) -> dict:
    """An incident as XSOAR takes it; its raw event has the form that mappers know."""
    own = {
        "severity": incident.severity.value.upper(),
        "group_by": [{"field": field, "value": value} for field, value in incident.group_by.items()],
        "logs": incident.logs,
        "mitre_tags": incident.mitre_tags,
        "defects": incident.defects,
        "muted": incident.muted,
        "window_start": incident.window and incident.window.start_text,
        "window_end": incident.window and incident.window.end_text,
    }
    # Mappers find what the rule grouped by beside the event's own values, but never in their place.
    event = incident.group_by | (incident.raw if isinstance(incident.raw, dict) else {"event": incident.raw})
    event |= {"datasource": "Logz.Io", "alertEventId": incident.id, "name": incident.name, OWN_KEY: own}
    return {
        "name": incident.name,
        "occurred": incident.occurred_text,
        "severity": SEVERITIES[incident.severity.value],
        "details": incident.description or incident.summary or "",
        "dbotMirrorId": incident.id,
        "rawJSON": json.dumps(event),
    }


def reset_fetch(account: LogzioSoar, params: dict, args: dict) -> CommandResults:
    """Leaves a wish in the context, where the next fetch finds it: a command cannot write the last run."""
    start = when(args, "start")
    since = start or when(params, "fetch_time") or FIRST_FETCH
    # What cannot be read has to fail here, and not at every fetch from now on.
    account.fetch_incidents(since=since, limit=1, **filters(params))
    set_integration_context({**get_integration_context(), "reset": {"id": str(time.time_ns()), "start": start}})
    return CommandResults(readable_output=f"The next fetch starts at {since}. Events from there on come again.")


def search_logs(account: LogzioSoar, params: dict, args: dict) -> list:
    asked = {"since": when(args, "from_time"), "until": when(args, "to_time"), "order": args.get("order") or "newest-first"}
    asked |= {"fields": argToList(args.get("fields")), "page_size": number(args, "size"), "page": text(args, "page")}
    query = text(args, "query") or "*"
    return logs_results(next(account.search_logs(query, **asked)), {"Query": query})


def get_logs_by_event_id(account: LogzioSoar, params: dict, args: dict) -> list:
    page = account.get_logs_by_event_id(text(args, "id") or "", limit=number(args, "size"), page=text(args, "page"))
    return logs_results(page, {"EventID": text(args, "id")})


def logs_results(page, asked: dict) -> list:
    """Logs for the context, a readable part of them for the war room, and all of them as a file if there are more."""
    logs = [document(log) for log in page.logs]
    found = {**asked, "Count": len(logs), "Total": page.total, "NextPage": page.next, "Warnings": texts(page.notices)}
    readable = "### No logs were found\n"
    if logs:
        title = f"Logz.io: {len(logs)}{'' if page.total in (None, len(logs)) else f' of {page.total}'} logs"
        title += f", the first {ROWS} are shown" if len(logs) > ROWS else ""
        readable = tableToMarkdown(title, [row(one) for one in page.logs[:ROWS]], headers=["Time", "Type", "Log"])
    if page.next:
        readable += "\nThere are more: call again with `page=${Logzio.Search.NextPage}`.\n"
    return results({"Logzio(true)": {"Search": found}}, logs, readable, page.notices, len(logs) > ROWS)


def results(outputs: dict, logs: list, readable: str, notices: list, as_file: bool) -> list:
    """An entry, and one with the logs as a file of a JSON object a line."""
    readable += "".join(f"\n**Note**: {text}\n" for text in texts(notices))
    entry = CommandResults(outputs=outputs | ({RESULT: logs} if logs else {}), raw_response=logs, readable_output=readable)
    lines = "".join(json.dumps(log, ensure_ascii=False) + "\n" for log in logs)
    # Half of a pair of surrogates, which a log may hold, cannot be in a file: its escape means the same.
    lines = lines.encode(errors="backslashreplace").decode()
    return [entry, fileResult(f"{demisto.command()}.ndjson", lines)] if as_file else [entry]


def texts(notices: list) -> list[str]:
    """What notices say to people."""
    return [notice.text for notice in notices]


def document(log) -> dict:
    """A log as playbooks know it: its own fields, and its time under a name without an @."""
    source = log.source if isinstance(log.source, dict) else {"message": log.source}
    own = {"timestamp": source["@timestamp"]} if "@timestamp" in source else {}
    return source | own | ({"_id": log.id} if log.id else {})


def row(log) -> dict:
    """A log in a line: its message, and what else it holds."""
    fields = document(log)
    kind, message = fields.get("type"), fields.pop("message", "")
    rest = {name: fields[name] for name in fields if name not in ("@timestamp", "timestamp", "type", "_id")}
    line = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    line = " ".join(f"{line} {json.dumps(rest, ensure_ascii=False)}".split())
    # Shippers that name a type where there is one already make a list of it.
    kind = ", ".join(dict.fromkeys(map(str, kind))) if isinstance(kind, list) else kind
    return {"Time": log.timestamp_text, "Type": kind, "Log": line if len(line) <= LONGEST_CELL else f"{line[:LONGEST_CELL]}…"}


def find_fields(account: LogzioSoar, params: dict, args: dict) -> CommandResults:
    report = account.find_fields(since=when(args, "from_time"), until=when(args, "to_time"))
    empty = {one.kind: one.empty_log_types for one in report.kinds}
    by_kind = [{"Kind": kind.value, "Fields": names, "EmptyLogTypes": empty.get(kind, [])} for kind, names in report.fields.items()]
    found = [
        {"Kind": one.kind.value, "Name": field.name, "LogTypes": field.log_types, "Share": field.share}
        for one in report.kinds
        for field in one.fields
    ]
    about = {"Sampled": report.sampled, "UnknownLogTypes": report.unknown_log_types, "Warnings": texts(report.notices)}
    # What an earlier call found is replaced: its fields may be of another range.
    outputs = {"Logzio(true)": {"Fields": by_kind, "FoundField": found, "FieldReport": about}}
    title = f"Logz.io: {len(found)} fields in {len(report.sampled)} log types hold indicators"
    rows = [one | {"LogTypes": some(one["LogTypes"])} for one in found]
    readable = tableToMarkdown(title, rows, headers=["Kind", "Name", "LogTypes", "Share"])
    return results(outputs, [], readable, report.notices, False)[0]


def hunt_indicators(account: LogzioSoar, params: dict, args: dict) -> list:
    indicators, fields = [Indicator(value) for value in argToList(args.get("indicators"))], {}
    for kind, name in [(kind, kind.value.replace("-", "_")) for kind in IndicatorKind]:
        indicators += [Indicator(value, kind) for value in argToList(args.get(name))]
        if named := argToList(args.get(f"{name}_fields")) + argToList(args.get(f"{name}_fields_to_return")):
            fields[kind] = [] if "*" in named else named
    asked = {"since": when(args, "from_time"), "until": when(args, "to_time"), "limit_per_indicator": number(args, "size")}
    asked["log_types"] = argToList(args.get("log_types")) or None
    asked["internal_networks"] = argToList(args.get("internal_networks"))
    report = account.hunt_indicators(indicators, fields=fields, **asked)
    sightings = [
        {name: getattr(one, field) for name, field in (SIGHTING | LISTS).items()}
        | {"Kind": one.kind.value, "Complete": one.complete, "HostOf": one.host_of}
        for one in report.sightings
    ]
    logs = {(log.id or log.source_text): document(log) for one in report.sightings for log in one.logs}
    rejected = [{"Indicator": one.value, "Why": one.why} for one in report.rejected]
    left = [{"Indicator": one.value, "Kind": one.kind.value if one.kind else None} for one in report.unfinished]
    about: dict = {"Rejected": rejected, "Unfinished": left, "Queries": report.queries, "Warnings": texts(report.notices)}
    about["Searched"] = [{"Kind": one.kind.value, "Fields": one.fields, "LogTypes": one.log_types} for one in report.searched]
    about["UnknownLogTypes"] = report.unknown_log_types
    is_internal = internal_hosts(args)
    every = {name: list(dict.fromkeys(value for one in sightings for value in one[name])) for name in LISTS}
    outputs: dict = {
        "Logzio.Hunt(val.Indicator == obj.Indicator && val.Kind == obj.Kind)": sightings,
        # What an earlier hunt found is replaced, so that no playbook takes it for this one's.
        "Logzio(true)": {
            "HuntReport": about,
            "DetectedUsers": every["Users"],
            "DetectedInternalIPs": every["InternalIPs"],
            "DetectedExternalIPs": every["ExternalIPs"],
            "DetectedInternalHosts": [host for host in every["Hosts"] if is_internal(host)],
            "DetectedExternalHosts": [host for host in every["Hosts"] if not is_internal(host)],
        },
    }
    title = f"Logz.io: {sum(1 for one in sightings if one['Hits'])} of {len(sightings)} indicators were seen"
    rows = [one | {name: some(one[name]) for name in LISTS} for one in sightings]
    readable = tableToMarkdown(title, rows, headers=[*SIGHTING, *LISTS])
    readable += "\n" + tableToMarkdown("Not looked for", rejected, headers=["Indicator", "Why"]) if rejected else ""
    if left:
        readable += f"\nThe time did not suffice for {len(left)}: hunt again for those in Logzio.HuntReport.Unfinished.\n"
    return results(outputs, list(logs.values()), readable, report.notices, bool(logs))


def some(values: list) -> list:
    return values if len(values) <= LONGEST_LIST else [*values[:LONGEST_LIST], f"and {len(values) - LONGEST_LIST} more"]


def internal_hosts(args: dict):
    """Tells hosts of one's own by their domain or name; all that write logs are, if neither is given."""
    # The playbook of the other pack separates domains by |.
    names = [re.escape(one.strip().lstrip(".")) for one in re.split(r"[,|]", text(args, "internal_domains") or "") if one.strip()]
    rules = [rf"(?i:(.*\.)?({'|'.join(names)}))"] if names else []
    rules += [pattern] if (pattern := text(args, "internal_host_regex")) else []
    try:
        compiled = [re.compile(one) for one in rules]
    except re.error as error:
        raise ValueError(f"internal_host_regex cannot be read: {error}: write, for example, pc-[0-9]+") from None
    return lambda host: not compiled or any(one.fullmatch(host) for one in compiled)


def test_module(account: LogzioSoar, params: dict, args: dict) -> str:
    """What the Test button shows: ok, or each check by name. One token is enough for what it serves."""
    checks = account.check_connection()
    if any(isinstance(check.outcome, Failed) for check in checks):
        marks = {Failed: "✗", Passed: "✓"}
        return "\n".join(f"{marks.get(type(one.outcome), '–')} {one.name}: {one.outcome.value}" for one in checks)
    if argToBoolean(params.get("isFetch") or False):
        # What a fetch would stumble over: its times, its numbers, the token that it needs.
        fetch_incidents(account, params | {"fetch_count": min(number(params, "fetch_count", 1) or 0, 1)}, {}, {})
    return "ok"


COMMANDS = {
    "test-module": test_module,
    "logzio-search-logs": search_logs,
    "logzio-get-logs-by-event-id": get_logs_by_event_id,
    "logzio-find-fields": find_fields,
    "logzio-hunt-indicators": hunt_indicators,
    "logzio-reset-fetch": reset_fetch,
}


def main() -> None:
    command, params, args = demisto.command(), demisto.params(), demisto.args()
    try:
        account = connect(params, args.get("timeout"))
        if command == "fetch-incidents":
            reset = get_integration_context().get("reset") or {}
            last_run, incidents = fetch_incidents(account, params, demisto.getLastRun(), reset)
            demisto.setLastRun(last_run)
            demisto.incidents(incidents)
        elif command in COMMANDS:
            return_results(COMMANDS[command](account, params, args))
        else:
            raise NotImplementedError(f"{command} is no command of this integration: there are {', '.join(COMMANDS)}")
    except Exception as error:
        return_error(f"{command} failed{f' ({error.case})' if isinstance(error, ContractError) else ''}: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
