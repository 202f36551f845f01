"""Fetches what is new since the last run, and prints it. Run it every minute; the place is kept in soc.cursor."""

from pathlib import Path

from logzio_soar import LogzioSoar, LogzioSoarError

PLACE = Path("soc.cursor")


def main() -> None:
    # From LOGZIO_REGION or LOGZIO_URL, and LOGZIO_SECURITY_TOKEN.
    account = LogzioSoar()
    cursor = PLACE.read_text() if PLACE.exists() else None
    while True:
        page = account.fetch_incidents(since="1 hour ago", cursor=cursor)
        for incident in page.incidents:
            print(incident.occurred, incident.severity.value, incident.name, incident.id)
        cursor = page.next
        PLACE.write_text(cursor)
        if not page.more:
            return


if __name__ == "__main__":
    try:
        main()
    except LogzioSoarError as error:
        raise SystemExit(f"logzio-soar: {error}") from None
