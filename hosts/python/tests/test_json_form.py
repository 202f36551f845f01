"""Values of the contract as JSON: nothing is lost on the way there and back."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from logzio_soar import (
    At,
    Check,
    Connection,
    ContractError,
    EventFilter,
    Failed,
    FetchRequest,
    FieldReport,
    FieldRequest,
    FoundField,
    HuntReport,
    HuntRequest,
    Incident,
    Indicator,
    IndicatorKind,
    JsonText,
    KindFields,
    Log,
    Notice,
    NoticeCode,
    Passed,
    RateLimited,
    RejectedIndicator,
    Searched,
    ServerError,
    Severity,
    Sighting,
    TimeText,
    TimeWindow,
    from_json,
    to_json,
)

EXACT = '{"b": 1.0, "a": 1e400, "n": 9223372036854775809, "z": -0.0, "b": 1, "é": "\\ud800\\u00e9\\n"}'
"""Numbers that a float cannot hold, keys out of order and twice, half a pair of surrogates."""


def incident(raw: str = "{}", logs: tuple[str, ...] = ()) -> Incident:
    return Incident(
        id="e1",
        rule_id=7,
        name='a "rule"',
        description=None,
        summary=None,
        severity=Severity.HIGH,
        occurred_text=TimeText("2026-11-22T08:00:00.123Z"),
        window=TimeWindow(TimeText("2026-11-22T07:55:00.000Z"), TimeText("2026-11-22T08:00:00.000Z")),
        group_by={"host": "web-1", "user": "root"},
        tags=["falco"],
        mitre_tags=[],
        muted=False,
        raw_text=JsonText(raw),
        logs_text=[JsonText(log) for log in logs],
        defects=[],
    )


def test_an_incident_has_the_form_of_the_contract() -> None:
    assert to_json(incident('{"alertEventId":  "c459"}', ('{"a": 1.10}', "[\r\n 1,\n2 ]"))) == (
        '{"id":"e1","rule_id":7,"name":"a \\"rule\\"","description":null,"summary":null,"severity":"high",'
        '"occurred":"2026-11-22T08:00:00.123Z",'
        '"window":{"start":"2026-11-22T07:55:00.000Z","end":"2026-11-22T08:00:00.000Z"},'
        '"group_by":{"host":"web-1","user":"root"},"tags":["falco"],"mitre_tags":[],"muted":false,'
        '"raw":{"alertEventId":  "c459"},"logs":[{"a": 1.10},[   1, 2 ]],"defects":[]}'
    )


@pytest.mark.parametrize(
    "raw",
    [EXACT, "1.0", "1e400", "-9223372036854775809", '"text"', "null", "[]", "9" * 5_000, '{"": {"a": []}}', '"\\ud800"'],
)
def test_the_text_of_a_json_value_is_kept(raw: str) -> None:
    given = incident(raw, (raw, "{}"))
    line = to_json(given)
    assert f'"raw":{raw},"logs":[{raw},{{}}]' in line and "\n" not in line
    back = from_json(Incident, line)
    assert back == given and (back.raw_text, back.logs_text[0]) == (raw, raw)
    # What Python makes of it is JSON again, with every number that is not in its range as a text.
    json.loads(json.dumps(back.raw, allow_nan=False))


@pytest.mark.parametrize("raw", ["", "{broken", "NaN", "[Infinity]", "{} {}", "'x'", "01", "[" * 200_000])
def test_what_is_no_json_is_a_string(raw: str) -> None:
    given = incident(raw)
    assert given.raw == raw
    assert json.loads(to_json(given))["raw"] == raw


def test_values_and_times_are_those_of_python() -> None:
    given = incident(EXACT, ('{"x": 1}', "5"))
    assert given.raw == {"b": 1, "a": "1e400", "n": 9223372036854775809, "z": -0.0, "é": "\ud800é\n"}
    assert given.logs == [{"x": 1}, 5]
    assert given.occurred == datetime(2026, 11, 22, 8, 0, 0, 123_000, timezone.utc)
    assert given.window and (given.window.end - given.window.start).total_seconds() == 300
    log = Log(id=None, timestamp_text=None, source_text=JsonText('{"a": {"b": 1}}'))
    assert log.timestamp is None and log.source["a"]["b"] == 1


def test_every_kind_of_value_is_the_same_after_a_journey_as_json() -> None:
    seen = Sighting("x", IndicatorKind.FILE_NAME, 4_294_967_295, True, None, TimeText("2026-11-22T08:00:00.123Z"), [], ["h"], [], [], [], ["https://x/"])
    notices = [Notice(NoticeCode.GOES_ON, "t")]
    searched = [Searched(IndicatorKind.FILE_NAME, ["a.b"], ["", "falco"])]
    report = HuntReport([seen], [RejectedIndicator("0.0.0.0/0", "too wide")], [Indicator("y")], ["q"], searched, ["z"], notices)
    kinds = [KindFields(IndicatorKind.IP, [FoundField("a.b", ["falco"], 100)], [""])]
    fields = FieldReport(kinds, {IndicatorKind.IP: ["a.b"]}, ["falco", ""], [], notices)
    request = HuntRequest([Indicator("x", IndicatorKind.IP)], {IndicatorKind.FILE_NAME: [], IndicatorKind.IP: ["a.b"]})
    assert '"fields":{"file-name":[],"ip":["a.b"]}' in to_json(request)
    fetch = FetchRequest(At("-1h"), EventFilter(severities=[Severity.LOW]))
    for value in (report, request, fields, FieldRequest(since="-1d"), fetch, Connection()):
        assert from_json(type(value), to_json(value)) == value
    checks = [Check("a", Passed("b"), 1), Check("c", Failed(ServerError(503, "d")), 2), Check("e", Failed(RateLimited(None)), 3)]
    back = from_json(list[Check], to_json(checks))
    assert to_json(back) == to_json(checks) and '{"case":"rate-limited","value":null}' in to_json(checks)
    failed = back[1].outcome.value
    assert isinstance(failed, ServerError) and (failed.status, failed.message) == (503, "d")


def test_what_may_be_left_out() -> None:
    assert from_json(FetchRequest, '{"start": {"case": "at", "value": "-1h"}}') == FetchRequest(At("-1h"))
    assert from_json(Connection, " {} ") == Connection()
    assert from_json(HuntRequest, '{"indicators":[{"value":"x"}], "since":null}') == HuntRequest([Indicator("x")])
    limited = from_json(ContractError, '{"case":"rate-limited"}')
    assert isinstance(limited, RateLimited) and limited.retry_after_ms is None


@pytest.mark.parametrize(
    ("hint", "text", "says"),
    [
        (FetchRequest, "{}", "value.start: it is missing: add it"),
        (FetchRequest, '{"start": {"case": "at"}}', "value.start.value: it is missing: add it"),
        (FetchRequest, '{"start": {"case": "x", "value": "s3cret"}}', 'value.start.case: one of "at", "after" is expected'),
        (FetchRequest, '{"start": {"case": "at", "value": "", "x": 1}}', 'value.start: unknown field "x": the fields are case, value'),
        (FetchRequest, '{"start": {"case": "at", "value": 5}}', "value.start.value: a string is expected"),
        (Indicator, '{"value": "x", "colour": "s3cret"}', 'value: unknown field "colour": the fields are value, kind'),
        (Indicator, '{"value": "x", "kind": "colour"}', 'value.kind: one of "ip", "cidr"'),
        (Indicator, '{"value": "x", "value": "s3cret"}', 'value: the key "value" is there twice: keep one'),
        (Indicator, '[]', "value: an object is expected"),
        (Indicator, '{"value": "x"} s3cret', "value: the text goes on where the value ends"),
        (Indicator, '{"value": s3cret}', "value.value: the text is no JSON"),
        (Indicator, '{"value"}', "value: the text is no JSON"),
        (Indicator, '{"value": "x"', "value: the text is no JSON"),
        (Connection, '{"security_token": "s3cret', "value.security_token: the text is no JSON"),
        (Connection, '{"time_budget_ms": 5.0}', "value.time_budget_ms: a number from 0 to 4294967295 is expected"),
        (Connection, '{"time_budget_ms": true}', "value.time_budget_ms: a number from 0 to 4294967295 is expected"),
        (Connection, '{"time_budget_ms": 4294967296}', "value.time_budget_ms: a number from 0 to 4294967295 is expected"),
        (Connection, '{"time_budget_ms": -1}', "value.time_budget_ms: a number from 0 to 4294967295 is expected"),
        (HuntRequest, '{"indicators": [], "fields": {"ip": [], "ip": []}}', 'value.fields: the key "ip" is there twice'),
        (HuntRequest, '{"indicators": [], "fields": {"colour": []}}', 'value.fields: one of "ip"'),
        (HuntRequest, '{"indicators": [], "fields": [["ip", []]]}', "value.fields: an object is expected"),
        (HuntRequest, '{"indicators": [{"value": "x"}, 5]}', "value.indicators[1]: an object is expected"),
        (HuntRequest, '{"indicators": {}}', "value.indicators: an array is expected"),
        (EventFilter, '{"include_muted": 1}', "value.include_muted: true or false is expected"),
        (ContractError, '{"case": "no-such"}', 'value.case: one of "invalid-connection"'),
    ],
)
def test_what_is_of_another_form_is_refused_with_its_place(hint: type, text: str, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        from_json(hint, text)
    assert str(raised.value).startswith(says) and "s3cret" not in str(raised.value)
