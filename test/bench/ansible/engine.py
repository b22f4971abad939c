"""What the playbook asks of one PostgreSQL server and of whoever runs it. Prints one line of JSON with the milliseconds it took."""

import json
import socket
import sys
import time

import pg8000.dbapi


def connect(host):
    return pg8000.dbapi.connect(
        host="127.0.0.1", port=host["port"], user=host["user"], password=host["password"], database=host["database"], timeout=5
    )


def row(host, sql):
    with connect(host) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchone()


def supervisor(host, verb, timeout_ms=60_000):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(host["socket"])
        door.sendall((json.dumps({"id": 1, "verb": verb, "unit": host["unit"], "timeoutMs": timeout_ms}) + "\n").encode())
        reply = json.loads(door.makefile().readline())
    if not reply["ok"]:
        raise SystemExit(reply["failure"])


def until(what, look):
    end = time.monotonic() + 60
    seen = "not so"
    while True:
        try:
            if look():
                return
        except Exception as error:  # a server that starts refuses for a while
            seen = str(error)
        if time.monotonic() > end:
            raise SystemExit(f"not in time: {what}: {seen}")
        time.sleep(0.005)


def serves(host):
    """The standbys stream; a standby itself streams and has replayed what it received."""
    recovering, standbys, streaming = row(
        host,
        "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'),"
        " (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming')",
    )
    return streaming == 1 if recovering else standbys == host["standbys"]


def holds(what, answer):
    if not answer:
        raise SystemExit(f"not so: {what}")


GUARDS = {
    "version": "SELECT current_setting('server_version') LIKE '16.%'",
    "no-backup": "SELECT NOT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'backup')",
    "slots": "SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE wal_status IN ('lost', 'unreserved'))",
    "limits": "SELECT count(*) = 5 FROM pg_settings WHERE name IN ('max_connections', 'max_worker_processes', 'max_wal_senders',"
    " 'max_prepared_transactions', 'max_locks_per_transaction')",
    "libraries": "SELECT count(DISTINCT probin) >= 0 FROM pg_proc WHERE probin IS NOT NULL",
    "caught-up": "SELECT NOT pg_is_in_recovery() OR pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) <= 16777216",
}

VERBS = {
    **{name: (lambda sql: lambda host: holds(sql, row(host, sql)[0]))(sql) for name, sql in GUARDS.items()},
    "seen": lambda host: until("seen by a peer", lambda: serves({**host, **host["peer"]})),
    "healthy": lambda host: until("healthy", lambda: serves(host)),
    "checkpoint": lambda host: checkpoint(host),
    "stop": lambda host: supervisor(host, "stop"),
    "start": lambda host: supervisor(host, "start"),
    "ready": lambda host: until("ready", lambda: row(host, "SHOW server_version")[0].startswith(host["to"])),
    "streams": lambda host: until("streams", lambda: serves(host)),
    "write": lambda host: row(host, "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_logical_emit_message(true, 'bench', 'write') END"),
}


def checkpoint(host):
    with connect(host) as connection:
        connection.autocommit = True
        connection.cursor().execute("CHECKPOINT")


verb, hostfile = sys.argv[1], sys.argv[2]
with open(hostfile, encoding="utf-8") as file:
    given = json.load(file)
begun = time.monotonic()
VERBS[verb](given)
print(json.dumps({"verb": verb, "ms": (time.monotonic() - begun) * 1000}))
