#!/bin/sh
# Fetches what is new since the last run, and prints a line for each incident. Needs curl and jq, and a service:
#   export LOGZIO_SOAR_SERVE_TOKEN=$(openssl rand -hex 32)
#   logzio-soar serve
# CURSOR is the file that the cursor is kept in, SERVICE where the service is. The token is needed unless the service was
# started with --no-token.
set -eu
cursor=${CURSOR:-cursor.json}
service=${SERVICE:-http://127.0.0.1:8700}
[ -s "$cursor" ] || echo '{"case": "at", "value": "7 days ago"}' >"$cursor"

more=true
while [ "$more" = true ]; do
  # A cursor can be longer than an argument may be, so the body goes through a pipe.
  page=$(jq '{request: {start: .}}' "$cursor" |
    curl --silent --show-error --fail-with-body "$service/v1/fetch-incidents" -H 'Content-Type: application/json' \
      ${LOGZIO_SOAR_SERVE_TOKEN:+-H "Authorization: Bearer $LOGZIO_SOAR_SERVE_TOKEN"} --data-binary @-) ||
    { printf '%s\n' "$page" | jq -r '.detail // .' >&2; exit 1; }
  printf '%s\n' "$page" | jq -r '.incidents[] | [.occurred, .severity, .name] | @tsv'
  # After the incidents: if this is cut off in between, they come again, and none is lost.
  printf '%s\n' "$page" | jq '{case: "after", value: .next}' >"$cursor.new"
  mv "$cursor.new" "$cursor"
  more=$(printf '%s\n' "$page" | jq .more)
done
