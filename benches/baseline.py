"""What an integration written in Python does: a session of requests, and json, page after page.

It makes the objects that a platform wants, and keeps what came as it is, like the component; it knows no retries, no cursor
and no masking. Called as `baseline.py worker python JOB PLACE`.
"""

import datetime
import json
import resource
import sys
import time

import requests

JOB, PLACE = sys.argv[3], json.loads(sys.argv[4])
SESSION = requests.Session()


def post(path, token, body):
    answer = SESSION.post(PLACE["url"] + path, json=body, headers={"X-API-TOKEN": token}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def fetch(since):
    body = {
        "filter": {"timeRange": {"fromDate": since, "toDate": time.time()}},
        "sort": [{"field": "DATE", "descending": False}],
        "pagination": {"pageNumber": 1, "pageSize": 50},
    }
    found = post("/v2/security/rules/events/search", PLACE["security_token"], body)
    incidents = []
    for event in found["results"]:
        occurred = datetime.datetime.fromtimestamp(float(event["eventDate"]), datetime.timezone.utc)
        incidents.append(
            {
                "id": event["alertEventId"],
                "name": event.get("name"),
                "description": event.get("description"),
                "severity": event.get("severity"),
                "occurred": occurred.isoformat(),
                "groupBy": event.get("groupBy") or {},
                "tags": event.get("tags") or [],
                "rawJSON": json.dumps(event),
            }
        )
    return incidents


def search():
    body = {
        "query": {
            "bool": {
                "must": [{"query_string": {"query": PLACE["lucene"]}}],
                "filter": [{"range": {"@timestamp": {"gte": PLACE["since"]}}}],
            }
        },
        "sort": [{"@timestamp": "desc"}],
        "size": 10_000,
    }
    logs = []
    for hit in post("/v1/search", PLACE["operations_token"], body)["hits"]["hits"]:
        source = hit["_source"]
        moment = datetime.datetime.fromisoformat(source["@timestamp"].replace("Z", "+00:00"))
        logs.append({"id": hit["_id"], "timestamp": moment.isoformat(), "source": source})
    return logs


def do():
    if JOB == "fetch":
        return len(fetch(seconds(PLACE["since"])))
    if JOB == "idle-fetch":
        return len(fetch(time.time() - 1))
    return len(search())


items = do()
cpu, wall = time.process_time(), time.monotonic()
for _ in range(PLACE["times"]):
    items = do()
times = PLACE["times"] or 1
print(
    json.dumps(
        {
            "cpu_us": (time.process_time() - cpu) * 1e6 / times,
            "wall_us": (time.monotonic() - wall) * 1e6 / times,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "items": items,
        }
    )
)
