"""Maps XSOAR's parameters, arguments and last run to the package logzio_soar, which does the work, and results back."""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import contextlib
import hashlib
import itertools
import json
import logging
import re
import sys
import time
import types
from datetime import datetime, timedelta, timezone

# The modules of the package that a runner is called with, by name, each after those that it needs: lay_out.py fills it in.
RUNNER_CLIENT: dict = {}
soar = None  # the package, once main knows which one
OWN_KEY = "logzio_soar"  # in the last run, beside the last_fetch that the other Logz.io pack goes on from
SEVERITIES = {"unclassified": 0, "info": 0.5, "low": 1, "medium": 2, "high": 3, "severe": 4}
FIRST_FETCH = "1 hour"
PAGE, MOST_INCIDENTS = 50, 200  # what a call returns at most, and what a fetch does
LONGEST = 240.0  # seconds; XSOAR stops a script after five minutes, and what a fetch has read is lost with it
EARLIER_LONGEST = 15  # seconds; the longest timeout of the other pack, which it applied to each request
ROWS, LONGEST_CELL, LONGEST_LIST = 50, 300, 8  # what a table in the war room shows; all of it is in the context, and in a file
MOST_HUNT_LOGS = 1_000  # how many logs of a hunt go into the context; all of them are in a file
RESULT = "Logzio.Result(val._id && val._id == obj._id)"
SIGHTING = {"Indicator": "value", "Kind": "kind", "Hits": "hits", "FirstSeen": "first_seen_text", "LastSeen": "last_seen_text"}
LISTS = {"Users": "users", "Hosts": "hosts", "InternalIPs": "internal_ips", "ExternalIPs": "external_ips"}
# The panel's labels, for errors: nobody sees the names of parameters.
LABELS = {
    "fetch_count": "Max. number of incidents fetched per run",
    "look_back": "Look-back (minutes)",
    "attach_logs": "Logs per incident",
    "time_budget": "Longest time of a call (seconds)",
    "security_token": "API token of the Security account",
    "operations_token": "API token of the Operations account",
}
# What the package calls things, and what they are called here.
WORDS = {
    r"\btime[-_]budget(-ms)?\b": f"'{LABELS['time_budget']}'",
    r"\bsecurity-token\b": f"'{LABELS['security_token']}'",
    r"\boperations-token\b": f"'{LABELS['operations_token']}'",
    r"\blook_back_minutes\b": f"'{LABELS['look_back']}'",
    r"\battach_logs\b": f"'{LABELS['attach_logs']}'",
    r"\bsince and until\b": "from_time and to_time",
    r"\ba limit of\b": "a size of",
    r"\b(limit|limit_per_indicator|page_size)(?= is )": "size",
    r"\b1 to 600\b": f"1 to {LONGEST:.0f}",
}
SCHEME = re.compile(r"\s*[a-z][\w+.-]*[\[\]:]+//", re.IGNORECASE)
URL = re.compile(rf"\s|{SCHEME.pattern}", re.IGNORECASE)
# What follows a comma and is an indicator of its own, and no part of the URL before it. Defanged or not.
INDICATOR = re.compile(
    r"\s|[a-z][\w+.-]*[\[\]:]+//|[\w.+-]+(@|\[@\]|\[at\])|\d{1,3}(\[?\.\]?\d{1,3}){3}(/\d+)?$|[0-9a-f]{0,4}:[0-9a-f:.]+(/\d+)?$"
    r"|[0-9a-f]{32,128}$|([\w-]+\[?\.\]?)+[a-z]{2,}$",
    re.IGNORECASE,
)


def package(through_runner: bool):
    """The package logzio_soar: what this script holds of it, for a runner, or that of the image."""
    if through_runner and RUNNER_CLIENT:
        return runner_client()
    try:
        import logzio_soar
    except ImportError:
        raise ValueError(
            "'Runner URL' is empty, and this image does not have the package logzio_soar: set it to where logzio-soar serve "
            "listens, or let the integration run in an image with the package. The help of the integration shows both ways"
        ) from None
    return logzio_soar


def runner_client():
    """The modules in RUNNER_CLIENT as a package. Made once for a process, which runs many commands."""
    name = "logzio_soar_" + hashlib.sha256("".join(RUNNER_CLIENT.values()).encode()).hexdigest()[:16]
    if name not in sys.modules:
        made = types.ModuleType(name)
        made.__path__ = []
        sys.modules[name] = made
        for short, source in RUNNER_CLIENT.items():
            module = sys.modules[f"{name}.{short}"] = types.ModuleType(f"{name}.{short}")
            module.__package__ = name
            exec(compile(source, f"<{short} of logzio_soar>", "exec"), vars(module))
            setattr(made, short, module)
        for short in ("errors", "contract", "remote"):
            vars(made).update({key: value for key, value in vars(sys.modules[f"{name}.{short}"]).items() if key[0].isupper()})
    return sys.modules[name]


def connect(params: dict, seconds: float):
    """The account of the instance: in this process, or through a runner."""
    url = text(params, "url")
    connection: dict = {"region": None if url else text(params, "region"), "url": url, "time_budget": seconds}
    connection["security_token"] = token(params, "security_credentials", "security_api_token")
    connection["operations_token"] = token(params, "operations_credentials", "operational_api_token")
    insecure, proxy = (argToBoolean(params.get(name) or False) for name in ("insecure", "proxy"))
    if runner := text(params, "runner_url"):
        bearer = token(params, "runner_credentials", "runner_token")
        trusted = text(params, "runner_certificate")
        return soar.RemoteLogzioSoar(runner, runner_token=bearer, verify=not insecure, ca=trusted, **connection)
    if insecure or proxy:
        ticked = "'Trust any certificate'" if insecure else "'Use system proxy settings'"
        why = f"{ticked} is ticked, which cannot be honoured inside XSOAR's container"
        raise ValueError(f"{why}: set 'Runner URL' to a logzio-soar serve that does what it says, or clear the tick")
    # An empty environment: what the instance does not say is looked for nowhere else.
    return soar.LogzioSoar(environment={}, **connection)


def seconds_of(params: dict, timeout: str | None) -> float:
    """How long a call may take."""
    own, asked = number(params, "time_budget") or 60, arg_to_number(timeout, "timeout") or 0
    if own < 0 or asked < 0:
        name, given = (f"'{LABELS['time_budget']}'", own) if own < 0 else ("timeout", asked)
        raise ValueError(f"{name} is {given}: give 1 to {LONGEST:.0f}")
    # A short one was saved for the other pack, which meant a single request: a call may have many.
    return min(asked if asked > EARLIER_LONGEST else max(own, asked), LONGEST)


def text(values: dict, name: str) -> str | None:
    return str(values.get(name) or "").strip() or None


def number(values: dict, name: str, default: int | None = None) -> int | None:
    found = arg_to_number(values.get(name), LABELS.get(name, name))
    return default if found is None else found


def separated(args: dict, name: str, start: re.Pattern = INDICATOR) -> list:
    """The elements of an argument. A comma in a URL is a part of it, unless what follows is an element of its own."""
    given, found = args.get(name), []  # type: ignore[var-annotated]
    if not isinstance(given, str) or given.lstrip().startswith("["):
        return argToList(given)
    for part in given.split(","):
        if found and SCHEME.match(found[-1]) and not start.match(part):
            found[-1] += f",{part}"
        else:
            found.append(part)
    return [one.strip() for one in found if one.strip()]


def with_names_of_xsoar(message: str, is_remote: bool = False) -> str:
    """A message of the package with the labels of the panel and the arguments of the commands in it."""
    # In this process there are no such variables; a runner has them.
    message = re.sub(r" or the variable (LOGZIO_\w+)", r" or \1 in the environment of the runner" if is_remote else "", message)
    for pattern, word in WORDS.items():
        message = re.sub(pattern, word, message)
    return message


def token(params: dict, credentials: str, plain: str) -> str | None:
    """A token from XSOAR's credentials, or from the plain parameter of the other pack."""
    return text(params.get(credentials) or {}, "password") or text(params, plain)


def with_times(call, **written):
    """What a call returns with times as they are written; where it refuses them, with those that XSOAR's reader of dates,
    which the other pack had, makes of them."""
    times = {name: one or None for name, one in written.items()}
    try:
        return call(**times)
    except soar.InvalidArgument as error:
        refused = error
    read = {name: found for name, one in times.items() if one and (found := read_date(one))}
    for count in range(1, len(read) + 1):
        for names in itertools.combinations(read, count):
            try:
                return call(**times | {name: read[name] for name in names})
            except soar.InvalidArgument as error:
                refused = error
    raise refused


def read_date(written: str) -> str | None:
    """A time as XSOAR's reader of dates has it, if it can read it. In UTC, whatever the zone of the machine."""
    try:
        found = arg_to_datetime(written, settings={"TIMEZONE": "UTC", "TO_TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True})
    except ValueError:
        return None
    return found.isoformat(timespec="milliseconds") if found else None


def absolute(written: str) -> str:
    """A time that stays where it is, for one that may count from the present."""
    name = written.strip().lower()
    if re.match(r"\d{4}-\d\d|[\d.]+$", name):
        return written
    if name in ("today", "yesterday"):
        day = datetime.now(timezone.utc).date() - timedelta(days=int(name == "yesterday"))
        return f"{day}T00:00:00Z"
    # "now-15m" and "-15m" as the reader of dates has them.
    spelled = re.sub(r"^(now)?\s*-\s*(\d+)", r"\2", name)
    found = read_date(re.sub(r"^(\d+)\s*m(?=\s|$)", r"\1 minutes", spelled))
    if found is None:
        raise ValueError(f"start is {written}, which is not understood here: write it in full, such as 2026-11-22T08:00:00Z")
    return found


def stored(value) -> dict:
    """An object that was stored as a text: XSOAR promises to keep texts only."""
    return json.loads(value) if isinstance(value, str) else dict(value or {})


def fetch_incidents(account, params: dict, last_run: dict, request: dict, seconds: float = LONGEST) -> tuple[dict, list[dict]]:
    """The last run to store, and the incidents that belong to it: those of the pages that could be read."""
    own, last_fetch = stored(last_run.get(OWN_KEY)), last_run.get("last_fetch")
    since, cursor = text(params, "fetch_time") or FIRST_FETCH, own.get("cursor")
    if last_fetch is not None and own.get("last_fetch", last_fetch) != last_fetch:
        # The other pack ran since, and keeps what it finds in the last run: what it fetched is behind its own mark.
        cursor = None
    cursor = cursor or (json.dumps({"last_fetch": last_fetch}) if last_fetch else None)
    if request:
        own["reset"], cursor, last_fetch, since = request["id"], None, None, request.get("start") or since
    wanted = min(number(params, "fetch_count", PAGE) or 0, MOST_INCIDENTS)
    if wanted < 1:
        raise ValueError(f"'{LABELS['fetch_count']}' is {wanted}: give 1 to {MOST_INCIDENTS}")
    began, slowest, more, found = time.monotonic(), 0.0, True, []  # type: ignore[var-annotated]
    while more and (not found or len(found) < wanted) and time.monotonic() - began + slowest < LONGEST:
        called = time.monotonic()
        # Calls together may not take longer than a fetch may.
        within = account.with_time_budget(max(1.0, min(seconds, LONGEST - (called - began))))
        asked = {"cursor": cursor, "limit": min(wanted - len(found), PAGE)} | filters(params)
        try:
            page = with_times(lambda since: within.fetch_incidents(since=since, **asked), since=since)  # noqa: B023
        except soar.LogzioSoarError as error:
            if not found:
                raise
            why = with_names_of_xsoar(str(error))
            demisto.error(f"Logz.io: what follows these {len(found)} incidents comes with the next fetch: {why}")
            break
        for notice in page.notices:
            demisto.info(f"Logz.io: {with_names_of_xsoar(notice.text)}")
        slowest = max(slowest, time.monotonic() - called)
        found, cursor, more = found + page.incidents, page.next, page.more
    # Where the other pack would stand, for going back to it: 0.1 s behind the newest event. A number, as it needs it.
    mark = max([float(last_fetch or 0), *(one.occurred.timestamp() + 0.1 for one in found)]) or None
    own |= {"cursor": cursor, "last_fetch": mark}
    moved = {key: value for key, value in last_run.items() if key != "last_fetch"} | {OWN_KEY: json.dumps(own)}
    return moved | ({"last_fetch": mark} if mark else {}), [to_incident(one) for one in found]


def reset_request(last_run: dict) -> dict:
    """The request that logzio-reset-fetch left in the integration context, if it was not served yet.

    A fetch that fails leaves no last run, so the context alone cannot say whether a request was served: the last run does, as
    long as it is there. "Reset last run" empties it; whether there was one at the first attempt distinguishes the two cases.
    """
    context = get_integration_context()
    request = stored(context.get("reset"))
    if not request:
        return {}
    is_served = stored(last_run.get(OWN_KEY)).get("reset") == request.get("id")
    if is_served or (request.get("tried_with") == "a last run" and not last_run):
        set_integration_context({key: value for key, value in context.items() if key != "reset"})
        return {}
    if not request.get("tried_with"):
        tried = request | {"tried_with": "a last run" if last_run else "none"}
        set_integration_context({**context, "reset": json.dumps(tried)})
    return request


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


def reset_fetch(account, params: dict, args: dict) -> CommandResults:
    """Leaves a request in the context, where the next fetch finds it: a command cannot write the last run."""

    def checked(since: str) -> str:
        # What cannot be read has to fail here, and not at every fetch from now on.
        account.fetch_incidents(since=since, limit=1, **filters(params))
        return since

    start = absolute(with_times(checked, since=text(args, "start") or text(params, "fetch_time") or FIRST_FETCH))
    request = {"id": str(time.time_ns()), "start": start}
    set_integration_context({**get_integration_context(), "reset": json.dumps(request)})
    return CommandResults(readable_output=f"The next fetch starts at {start}. Events from there on come again.")


def search_logs(account, params: dict, args: dict) -> list:
    asked = {"order": args.get("order") or "newest-first", "fields": argToList(args.get("fields"))}
    asked |= {"page_size": number(args, "size"), "page": text(args, "page")}
    query = text(args, "query") or "*"
    times = {"since": text(args, "from_time"), "until": text(args, "to_time")}
    page = with_times(lambda **times: next(account.search_logs(query, **times, **asked)), **times)
    return logs_results(page, {"Query": query})


def get_logs_by_event_id(account, params: dict, args: dict) -> list:
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


def results(outputs: dict, logs: list, readable: str, notices: list, as_file: bool, in_file: list | None = None) -> list:
    """An entry, and one with the logs as a file of a JSON object a line."""
    readable += "".join(f"\n**Note**: {text}\n" for text in texts(notices))
    found = outputs | ({RESULT: logs} if logs else {})
    # The server would look for indicators in each log, for minutes where there are many.
    entry = CommandResults(outputs=found, raw_response=logs, readable_output=readable, ignore_auto_extract=True)
    lines = "".join(json.dumps(log, ensure_ascii=False) + "\n" for log in (logs if in_file is None else in_file))
    # Half of a pair of surrogates, which a log may hold, cannot be in a file: its escape means the same.
    lines = lines.encode(errors="backslashreplace").decode()
    return [entry, fileResult(f"{demisto.command()}.ndjson", lines)] if as_file else [entry]


def texts(notices: list) -> list[str]:
    """What notices say to people."""
    return [with_names_of_xsoar(notice.text) for notice in notices]


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


def find_fields(account, params: dict, args: dict) -> CommandResults:
    report = with_times(account.find_fields, since=text(args, "from_time"), until=text(args, "to_time"))
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


def hunt_indicators(account, params: dict, args: dict) -> list:
    is_internal = internal_hosts(args)
    indicators, fields = [soar.Indicator(value) for value in separated(args, "indicators")], {}
    for kind, name in [(kind, kind.value.replace("-", "_")) for kind in soar.IndicatorKind]:
        indicators += [soar.Indicator(value, kind) for value in separated(args, name, URL if name == "url" else INDICATOR)]
        if named := argToList(args.get(f"{name}_fields")) + argToList(args.get(f"{name}_fields_to_return")):
            fields[kind] = [] if "*" in named else named
    asked = {"limit_per_indicator": number(args, "size"), "log_types": argToList(args.get("log_types")) or None}
    asked["internal_networks"] = argToList(args.get("internal_networks"))
    times = {"since": text(args, "from_time"), "until": text(args, "to_time")}
    report = with_times(lambda **times: account.hunt_indicators(indicators, fields=fields, **asked, **times), **times)
    sightings = [
        {name: getattr(one, field) for name, field in (SIGHTING | LISTS).items()}
        | {"Kind": one.kind.value, "Complete": one.complete, "HostOf": one.host_of}
        for one in report.sightings
    ]
    # The newest of each first, so that some of every indicator are among those in the context.
    turns = itertools.zip_longest(*(one.logs for one in report.sightings))
    logs = list({(log.id or log.source_text): document(log) for turn in turns for log in turn if log}.values())
    rejected = [{"Indicator": one.value, "Why": one.why} for one in report.rejected]
    left = [{"Indicator": one.value, "Kind": one.kind.value if one.kind else None} for one in report.unfinished]
    about: dict = {"Rejected": rejected, "Unfinished": left, "Queries": report.queries, "Warnings": texts(report.notices)}
    about["Searched"] = [{"Kind": one.kind.value, "Fields": one.fields, "LogTypes": one.log_types} for one in report.searched]
    about["UnknownLogTypes"] = report.unknown_log_types
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
    if len(logs) > MOST_HUNT_LOGS:
        cut = f"{MOST_HUNT_LOGS} of {len(logs)} logs are in the context, all of them in the file"
        readable, about["Warnings"] = f"{readable}\n**Note**: {cut}\n", [*about["Warnings"], cut]
    return results(outputs, logs[:MOST_HUNT_LOGS], readable, report.notices, bool(logs), logs)


def some(values: list) -> list:
    return values if len(values) <= LONGEST_LIST else [*values[:LONGEST_LIST], f"and {len(values) - LONGEST_LIST} more"]


def internal_hosts(args: dict):
    """Tells hosts of one's own by their domain or name; all that write logs are, if neither is given."""
    domains, rules = text(args, "internal_domains"), []
    if domains and re.fullmatch(r"\(?[\w\s,|.-]+\)?", domains):
        # Names. The playbook of the other pack asked for (one.example|two.example), and put it into a pattern.
        names = [re.escape(one.strip().lstrip(".")) for one in re.split(r"[,|]", domains.strip("()")) if one.strip()]
        domains = "|".join(names)
    if domains:
        rules.append(("internal_domains", rf"(?i:(.*\.)?({domains})$)", "corp.example,other.example"))
    if pattern := text(args, "internal_host_regex"):
        rules.append(("internal_host_regex", pattern, "pc-[0-9]+"))
    compiled = []
    for name, rule, example in rules:
        try:
            compiled.append(re.compile(rule))
        except re.error as error:
            raise ValueError(f"{name} cannot be read as a pattern: {error}: write, for example, {example}") from None
    # From the start of the name, and not to its end, as that playbook has it.
    return lambda host: not compiled or any(one.match(host) for one in compiled)


def test_module(account, params: dict, args: dict) -> str:
    """What the Test button shows: ok, or each check by name. One token is enough for what it serves."""
    # What a fetch would only cap.
    for name, most in (("fetch_count", MOST_INCIDENTS), ("time_budget", LONGEST)):
        if (number(params, name) or 0) > most:
            raise ValueError(f"'{LABELS[name]}' is {number(params, name)}: give 1 to {most:.0f}")
    checks = account.check_connection()
    if any(isinstance(check.outcome, soar.Failed) for check in checks):
        marks = {soar.Failed: "✗", soar.Passed: "✓"}
        lines = [f"{marks.get(type(one.outcome), '–')} {one.name}: {one.outcome.value}" for one in checks]
        return with_names_of_xsoar("\n".join(lines), bool(text(params, "runner_url")))
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


class DebugLog(logging.Handler):
    """Passes each request on to what debug-mode=true shows."""

    def emit(self, record: logging.LogRecord) -> None:
        demisto.debug(f"Logz.io: {record.getMessage()}")


@contextlib.contextmanager
def observed():
    """In debug mode, each request is logged: path, status, time, bytes, and no token."""
    logger, handler = logging.getLogger("logzio_soar.requests"), DebugLog()
    before = logger.level, logger.propagate
    if is_debug_mode():
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        # XSOAR's own handler would show each again.
        logger.propagate = False
    try:
        yield
    finally:
        # The logger outlives the script, in a process that runs many commands.
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def main() -> None:
    global soar
    command, params, args = demisto.command(), demisto.params(), demisto.args()
    is_remote = bool(text(params, "runner_url"))
    try:
        soar = package(is_remote)
        seconds = seconds_of(params, args.get("timeout"))
        account = connect(params, seconds)
        with observed():
            if command == "fetch-incidents":
                last_run = demisto.getLastRun() or {}
                last_run, incidents = fetch_incidents(account, params, last_run, reset_request(last_run), seconds)
                demisto.setLastRun(last_run)
                demisto.incidents(incidents)
            elif command in COMMANDS:
                return_results(COMMANDS[command](account, params, args))
            else:
                raise NotImplementedError(f"{command} is no command of this integration: there are {', '.join(COMMANDS)}")
    except Exception as error:
        case = getattr(error, "case", None)
        message = with_names_of_xsoar(str(error), is_remote)
        return_error(f"{command} failed{f' ({case})' if isinstance(case, str) else ''}: {message}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
