"""What the playbook asks of one PostgreSQL server and of whoever runs it: an Ansible module, so that a task starts one program only.

Answers when it began and how long it took, in milliseconds: all of it counts as the engine's own time.
"""

import json
import os
import socket
import time

import pg8000.dbapi
from ansible.module_utils.basic import AnsibleModule


class Refused(Exception):
    pass


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


def supervisor(host, verb, timeout_ms=60_000):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(host["socket"])
        door.sendall((json.dumps({"id": 1, "verb": verb, "unit": host["unit"], "timeoutMs": timeout_ms}) + "\n").encode())
        reply = json.loads(door.makefile().readline())
    if not reply["ok"]:
        raise Refused(reply["failure"])


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
            raise Refused(f"not in time: {what}: {seen}")
        time.sleep(0.001)


def serves(host):
    """A standby receives from its primary; to a primary all its standbys stream."""
    recovering, standbys, streaming = row(
        host,
        "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'),"
        " (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming')",
    )
    return streaming == 1 if recovering else standbys == host["standbys"]


def holds(what, answer):
    if not answer:
        raise Refused(f"not so: {what}")


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
    "healthy": lambda host: until("healthy", lambda: serves(host)),
    "room": room,
    "checkpoint": lambda host: row(host, "CHECKPOINT"),
    "stop": lambda host: supervisor(host, "stop"),
    "start": lambda host: supervisor(host, "start"),
    "ready": lambda host: until("ready", lambda: row(host, "SHOW server_version")[0].startswith(host["to"])),
    "streams": lambda host: until("streams", lambda: serves(host)),
    "seen": lambda host: until("seen by a peer", lambda: serves({**host, **host["peer"]})),
    "write": write,
}


def main():
    module = AnsibleModule({"verb": {"required": True, "choices": list(VERBS)}, "hostfile": {"type": "path", "required": True}})
    with open(module.params["hostfile"], encoding="utf-8") as file:
        host = json.load(file)
    wall, begun = time.time(), time.monotonic()
    try:
        VERBS[module.params["verb"]](host)
    except Exception as error:
        module.fail_json(msg=f"{module.params['verb']}: {error}")
    module.exit_json(changed=False, begun_ms=wall * 1000, took_ms=(time.monotonic() - begun) * 1000)


main()
