"""What the playbook asks of one PostgreSQL server and of whoever runs it: an Ansible module, so that a task starts one program only.

Answers when it began and how long it took, in milliseconds: all of it counts as the engine's own time.
"""

import os

import pg8000.dbapi
from ansible.module_utils.asking import answer, holds, supervisor, until

LIMIT_S = 60


def row(host, sql):
    connection = pg8000.dbapi.connect(
        host="127.0.0.1", port=host["port"], user=host["user"], password=host["password"], database=host["database"], timeout=5
    )
    try:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def in_time(what, look):
    until(what, look, LIMIT_S, 0.001, starting=Exception)  # a server that starts refuses for a while


def serves(host):
    """A standby receives from its primary; to a primary all its standbys stream."""
    recovering, standbys, streaming = row(
        host,
        "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'),"
        " (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming')",
    )
    return streaming == 1 if recovering else standbys == host["standbys"]


def guard(name, sql):
    return lambda host: holds(name, row(host, sql)[0])


GUARDS = {
    "role": "SELECT pg_is_in_recovery() = EXISTS (SELECT FROM pg_stat_wal_receiver)",
    "version": "SELECT current_setting('server_version') LIKE '16.%'",
    "no-backup": "SELECT NOT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'backup')",
    "slots": "SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE wal_status IN ('lost', 'unreserved'))",
    "limits": "SELECT count(*) = 5 FROM pg_settings WHERE name IN ('max_connections', 'max_worker_processes', 'max_wal_senders',"
    " 'max_prepared_transactions', 'max_locks_per_transaction')",
    "libraries": "SELECT count(DISTINCT probin) >= 0 FROM pg_proc WHERE probin IS NOT NULL",
    "caught-up": "SELECT NOT pg_is_in_recovery() OR pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) <= 16777216",
}


def room(host):
    disk = os.statvfs(host["data"])
    holds("500 MB are free", disk.f_bavail * disk.f_frsize > 500_000_000)


def write(host):
    if not row(host, "SELECT pg_is_in_recovery()")[0]:
        row(host, "SELECT pg_logical_emit_message(true, 'bench', 'write')")


VERBS = {
    **{name: guard(name, sql) for name, sql in GUARDS.items()},
    "healthy": lambda host: in_time("healthy", lambda: serves(host)),
    "room": room,
    "checkpoint": lambda host: row(host, "CHECKPOINT"),
    "stop": lambda host: supervisor(host, "stop", LIMIT_S),
    "start": lambda host: supervisor(host, "start", LIMIT_S),
    "ready": lambda host: in_time("ready", lambda: row(host, "SHOW server_version")[0].startswith(host["to"])),
    "streams": lambda host: in_time("streams", lambda: serves(host)),
    "seen": lambda host: in_time("seen by a peer", lambda: serves({**host, **host["peer"]})),
    "write": write,
}


answer(VERBS)
